// The byte messages that cross the plugin border: the first byte chooses the kind, the rest is the
// message. What is decoded, encodes to the same bytes again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "plugin_api/wire.h"

namespace {

using namespace fieldway;

template <class Message>
void must_encode_to(const Result<Message>& message, ByteView bytes) {
    if (!message) return;
    const Bytes again = wire::encode(*message);
    if (!std::equal(again.begin(), again.end(), bytes.begin(), bytes.end())) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const ByteView bytes(data + 1, size - 1);
    switch (data[0] % 4) {
        case 0:
            must_encode_to(wire::decode_readings(bytes), bytes);
            break;
        case 1:
            must_encode_to(wire::decode_state(bytes), bytes);
            break;
        case 2:
            must_encode_to(wire::decode_command(bytes), bytes);
            break;
        default:
            must_encode_to(wire::decode_outcome(bytes), bytes);
            break;
    }
    return 0;
}
