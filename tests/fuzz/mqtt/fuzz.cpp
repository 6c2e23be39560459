// What a broker may send: frames out of a stream, and the answers in them. The first byte chooses
// the version.
#include <cstddef>
#include <cstdint>

#include "mqtt/packet.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fieldway::mqtt;
    if (size == 0) return 0;
    const Version version = data[0] % 2 == 0 ? Version::v5 : Version::v3_1_1;
    fieldway::ByteView stream(data + 1, size - 1);
    while (!stream.empty()) {
        const auto frame = first_frame(stream, 64 * 1024);
        if (!frame || !*frame) return 0;
        if ((*frame)->type == PacketType::connack) (void)decode_connack(**frame, version);
        if ((*frame)->type == PacketType::suback) (void)decode_suback(**frame, version);
        stream = stream.subspan((*frame)->size);
    }
    return 0;
}
