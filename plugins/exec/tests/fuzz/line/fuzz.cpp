// What a program prints: any bytes, in any pieces. Lines are bounded, and what is understood can be
// written back.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

#include "exec/error_output.h"
#include "exec/line_protocol.h"
#include "exec/line_splitter.h"

namespace {

using namespace fieldway;
using namespace fieldway::exec;

void expect(bool claim) {
    if (!claim) std::abort();
}

void one_line(std::string_view text) {
    const Line line = parse_line(text);
    if (const auto* readings = std::get_if<ReadingsLine>(&line)) {
        expect(readings->values.size() <= most_values);
        expect(!readings->bad || readings->values.empty());
        // Names and values written as a command are one line of JSON that the same parser would
        // take apart.
        const std::string command = command_line("1", readings->key, readings->values);
        expect(command.find('\n') == command.size() - 1 && is_utf8(command));
        if (has_value(readings->id)) expect(is_utf8(accepted_line(readings->id)));
    }
    if (const auto* fault = std::get_if<LineFault>(&line)) {
        expect(!fault->sentence.empty());
        const std::string refused = refused_line(fault->id, fault->sentence);
        expect(refused.find('\n') == refused.size() - 1 && is_utf8(refused));
    }
    expect(is_utf8(printable(text)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    constexpr std::size_t limit = 512;
    LineSplitter splitter(limit);
    // The first byte says how the rest is cut into reads.
    const std::size_t piece = size > 0 ? data[0] + 1u : 1u;
    for (std::size_t at = 0; at < size; at += piece) {
        splitter.feed(bytes.substr(at, piece));
        while (const auto line = splitter.next()) {
            expect(line->text.size() <= limit);
            one_line(line->text);
        }
        expect(splitter.held() <= limit + 2 * piece);
    }
    if (const auto last = splitter.finish()) one_line(last->text);
    return 0;
}
