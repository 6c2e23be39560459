#include "config/mark_map.h"

#include <utility>

namespace fieldway::config {

void MarkMap::put(const std::string& input, const std::string& pointer, Mark mark) {
    marks_[input].insert_or_assign(pointer, std::move(mark));
}

Mark MarkMap::find(const std::string& input, std::string_view pointer) const {
    const auto of_input = marks_.find(input);
    if (of_input == marks_.end()) return {};
    for (;;) {
        const auto mark = of_input->second.find(pointer);
        if (mark != of_input->second.end()) return mark->second;
        const std::size_t slash = pointer.rfind('/');
        if (slash == std::string_view::npos) return {};
        pointer = pointer.substr(0, slash);
    }
}

std::string pointer_part(std::string_view key) {
    std::string part = "/";
    for (const char c : key) {
        if (c == '~') {
            part += "~0";
        } else if (c == '/') {
            part += "~1";
        } else {
            part += c;
        }
    }
    return part;
}

}  // namespace fieldway::config
