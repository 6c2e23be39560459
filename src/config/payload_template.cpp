#include "config/payload_template.h"

#include <algorithm>
#include <utility>

namespace fieldway::config {

Result<PayloadTemplate> PayloadTemplate::parse(std::string_view text) {
    PayloadTemplate made;
    std::string literal;
    const auto end_literal = [&] {
        if (!literal.empty()) made.pieces.push_back({std::exchange(literal, ""), false});
    };
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c != '{' && c != '}') {
            literal += c;
        } else if (at + 1 < text.size() && text[at + 1] == c) {
            literal += c;
            ++at;
        } else if (c == '}') {
            return Error::drop_item("a } stands alone; write }} for a brace");
        } else {
            const std::size_t end = text.find_first_of("{}", at + 1);
            if (end == std::string_view::npos || text[end] == '{') {
                return Error::drop_item("a { is not closed; write {{ for a brace");
            }
            if (end == at + 1) return Error::drop_item("{} names nothing; write {{}} for braces");
            end_literal();
            made.pieces.push_back({std::string(text.substr(at + 1, end - at - 1)), true});
            at = end;
        }
    }
    end_literal();
    return made;
}

std::vector<std::string> PayloadTemplate::names() const {
    std::vector<std::string> names;
    for (const Piece& piece : pieces) {
        if (piece.place && std::find(names.begin(), names.end(), piece.text) == names.end()) {
            names.push_back(piece.text);
        }
    }
    return names;
}

}  // namespace fieldway::config
