// The first six bytes choose a request and how the rest, the stream of a server, is cut. However it
// is cut, the frames are the same; what matches the request has the length asked for; what follows
// garbage is never looked at.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "modbus/tcp_codec.h"

namespace {

using namespace fieldway;
using namespace fieldway::modbus;

void demand(bool claim) {
    if (!claim) std::abort();
}

/// The bytes of every frame until the end or garbage.
std::vector<Bytes> frames_of(ByteView stream, std::size_t piece, const Request& request) {
    std::vector<Bytes> frames;
    TcpDecoder decoder;
    while (!stream.empty()) {
        const auto space = decoder.space();
        const std::size_t count = std::min({stream.size(), piece, space.size()});
        std::copy_n(stream.begin(), count, space.begin());
        decoder.commit(count);
        stream = stream.subspan(count);
        for (;;) {
            const auto frame = decoder.next();
            if (!frame) return frames;
            if (!*frame) break;
            const ByteView pdu = (*frame)->pdu;
            demand(!pdu.empty() && pdu.size() <= longest_pdu);
            const Reply reply = match_pdu(request, pdu);
            if (reply.kind == Reply::Kind::answer) demand(pdu.size() == answer_size(request));
            frames.emplace_back(pdu.begin(), pdu.end());
        }
    }
    return frames;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 6) return 0;
    constexpr Function functions[] = {
        Function::read_coils, Function::read_discrete_inputs, Function::read_holding_registers,
        Function::read_input_registers, Function::write_single_register};
    Request request;
    request.unit = data[0];
    request.function = functions[data[1] % 5];
    request.address = data[2];
    request.count = static_cast<std::uint16_t>(
        1 + data[3] % (is_bit_function(request.function) ? most_bits_read : most_registers_read));
    request.value = data[4];
    const ByteView stream(data + 6, size - 6);
    const auto whole = frames_of(stream, stream.size() + 1, request);
    demand(frames_of(stream, 1 + data[5] % 16, request) == whole);
    return 0;
}
