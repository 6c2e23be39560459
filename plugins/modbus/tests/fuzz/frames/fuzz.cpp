// Frames as `decode` takes them, of each framing and direction; and the scanners against
// themselves: however a stream is cut, a good frame alone on it is found.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "modbus/frame_content.h"
#include "modbus/frame_scanner.h"
#include "modbus/pdu.h"

namespace {

using namespace fieldway;
using namespace fieldway::modbus;

void demand(bool claim) {
    if (!claim) std::abort();
}

void scan(Framing framing, ByteView stream, std::size_t piece) {
    const auto scanner = make_scanner(framing);
    while (!stream.empty()) {
        const ByteView part = stream.first(std::min(piece, stream.size()));
        stream = stream.subspan(part.size());
        scanner->add(part);
        while (scanner->next())
            continue;
        demand(scanner->unsettled().size() < 1024);
    }
    scanner->gap();
    while (scanner->next())
        continue;
    demand(scanner->unsettled().empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const auto framing = static_cast<Framing>(data[0] % 3);
    const auto direction = static_cast<Direction>(data[0] / 3 % 3);
    const ByteView bytes(data + 2, size - 2);
    (void)frame_content(framing, direction, bytes);
    (void)parse_identification(bytes);
    if (framing == Framing::tcp) return 0;
    scan(framing, bytes, 1 + data[1] % 64);
    if (bytes.empty() || bytes.size() > longest_pdu) return 0;
    // What is framed is read back, if its function tells its length.
    const auto content = frame_content(framing, Direction::unknown, make_frame(framing, 9, bytes));
    if (content) demand(content->at("unit").to_number<int>() == 9);
    return 0;
}
