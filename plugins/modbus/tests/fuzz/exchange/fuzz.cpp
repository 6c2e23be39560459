// The first bytes choose a line, a request and how the rest, what comes on the line, is cut.
// Whatever comes, the answer has the unit, function and length that were asked for, what is kept
// stays bounded, and the exchange ends in its time.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "modbus/line_exchange.h"
#include "modbus/pdu.h"

namespace {

using namespace fieldway;
using namespace fieldway::modbus;
using namespace std::chrono_literals;

void demand(bool claim) {
    if (!claim) std::abort();
}

Request request_of(const std::uint8_t* data) {
    constexpr Function functions[] = {Function::read_coils,
                                      Function::read_holding_registers,
                                      Function::read_input_registers,
                                      Function::write_single_coil,
                                      Function::write_single_register,
                                      Function::write_registers,
                                      Function::mask_write_register,
                                      Function::read_identification};
    Request request;
    request.unit = data[1];
    request.function = functions[data[2] % 8];
    request.address = data[3];
    request.count = static_cast<std::uint16_t>(
        request.function == Function::read_identification ? 1 + data[4] % 4 : 1 + data[4] % 60);
    request.value = data[5] % 2;
    if (request.function == Function::write_registers) request.data.resize(request.count * 2U);
    return request;
}

LineOptions options_of(std::uint8_t chosen) {
    constexpr Endpoint::Kind kinds[] = {Endpoint::Kind::rtu, Endpoint::Kind::ascii,
                                        Endpoint::Kind::rtu_over_tcp, Endpoint::Kind::tcp,
                                        Endpoint::Kind::udp};
    LineOptions options;
    options.endpoint.kind = kinds[chosen % 5];
    options.timeout = 100ms;
    if (chosen >= 0x80) options.echo = chosen >= 0xC0;
    options.match_transaction = (chosen & 0x40U) == 0;
    return options;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t head = 7;
    if (size < head) return 0;
    LineFigures figures;
    const auto exchange = make_exchange(options_of(data[0]), 1, figures);
    const Request request = request_of(data);
    const std::size_t piece = 1 + data[6] % 40;
    Timestamp now{MonotonicTime(1h), {}};
    exchange->reset(now.monotonic);
    exchange->begin(request, 100ms, now.monotonic);
    ByteView stream(data + head, size - head);
    for (int turn = 0; turn < 10'000; ++turn) {
        (void)exchange->frame_to_send(now.monotonic);
        if (const auto reply = exchange->poll(now)) {
            if (reply->kind != Reply::Kind::answer) return 0;
            if (request.unit == broadcast_unit && reply->data.empty()) return 0;
            const auto expected = answer_size(request);
            const bool carries_data = !is_write(request.function);
            demand(!expected || reply->data.size() + (carries_data ? 2 : 3) == *expected);
            return 0;
        }
        if (!stream.empty()) {
            const ByteView part = stream.first(std::min(piece, stream.size()));
            stream = stream.subspan(part.size());
            now.monotonic += 1ms;
            if (!exchange->received(part, now)) return 0;
        } else {
            demand(exchange->wake() != MonotonicTime::max());
            now.monotonic = std::max(now.monotonic, exchange->wake());
        }
    }
    demand(false);  // it never ended
    return 0;
}
