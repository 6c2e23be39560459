#include "config/yaml_text.h"

#include <algorithm>

#include "base/value.h"

namespace fieldway::config {

Lines::Lines(std::string_view text) : text_(text), begins_{0} {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\n') begins_.push_back(i + 1);
    }
}

std::string_view Lines::from(int line, int column) const {
    if (line < 0 || column < 0 || static_cast<std::size_t>(line) >= begins_.size()) return {};
    const std::size_t begin = begins_[static_cast<std::size_t>(line)];
    return text_.substr(std::min(begin + static_cast<std::size_t>(column), text_.size()));
}

bool Lines::tabbed(int line) const {
    if (line < 0 || static_cast<std::size_t>(line) >= begins_.size()) return false;
    const std::size_t end = text_.find_first_not_of(' ', begins_[static_cast<std::size_t>(line)]);
    return end != std::string_view::npos && text_[end] == '\t';
}

bool is_closed(std::string_view scalar) {
    // The mark is that of the anchor or tag, when there is one.
    while (scalar.starts_with('&') || scalar.starts_with('!')) {
        scalar.remove_prefix(std::min(scalar.find_first_of(" \t\r\n"), scalar.size()));
        scalar.remove_prefix(std::min(scalar.find_first_not_of(" \t\r\n"), scalar.size()));
    }
    if (!scalar.starts_with('"') && !scalar.starts_with('\'')) return true;
    const char quote = scalar.front();
    for (std::size_t i = 1; i < scalar.size(); ++i) {
        if (quote == '"' && scalar[i] == '\\') {
            ++i;
        } else if (scalar[i] == quote) {
            if (quote == '"' || i + 1 == scalar.size() || scalar[i + 1] != quote) return true;
            ++i;
        }
    }
    return false;
}

bool check_characters(std::string_view text, const std::string& file, Diagnostics& diagnostics) {
    int line = 1;
    std::size_t begin = 0;
    while (begin <= text.size()) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string_view row = text.substr(begin, end - begin);
        for (std::size_t i = 0; i < row.size(); ++i) {
            const auto c = static_cast<unsigned char>(row[i]);
            if ((c >= 0x20 && c != 0x7F) || c == '\t' || (c == '\r' && i + 1 == row.size()))
                continue;
            diagnostics.error({&file, line, static_cast<int>(i) + 1},
                              "there is a control character here, which YAML forbids; remove it");
            return false;
        }
        if (!is_utf8(row)) {
            diagnostics.error({&file, line, 1}, "this line is not UTF-8; save the file as UTF-8");
            return false;
        }
        begin = end + 1;
        ++line;
    }
    return true;
}

}  // namespace fieldway::config
