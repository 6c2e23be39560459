#include "exec/error_output.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/value.h"

namespace fieldway::exec {

std::string printable(std::string_view text) {
    const bool utf8 = is_utf8(text);
    std::string out(text);
    for (char& c : out) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte == '\t') c = ' ';
        if (byte < 0x20 || byte == 0x7F || (byte >= 0x80 && !utf8)) c = byte == '\t' ? ' ' : '?';
    }
    return out;
}

std::optional<std::string> ErrorOutput::take(std::string_view line, bool cut, MonotonicTime now) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' '))
        line.remove_suffix(1);
    if (line.empty()) return std::nullopt;
    if (full_at_ > now + error_line_pace * (error_line_burst - 1)) {
        ++suppressed_;
        ++untold_;
        return std::nullopt;
    }
    full_at_ = std::max(full_at_, now) + error_line_pace;
    std::string sentence = "program: " + printable(line);
    if (cut) sentence += " (cut)";
    if (untold_ > 0) sentence += fmt::format(" ({} lines before were not logged)", untold_);
    untold_ = 0;
    return sentence;
}

}  // namespace fieldway::exec
