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

namespace {

/// "", "/devices/3", "/devices/3/points/7".
bool names_entry(std::string_view pointer) {
    if (pointer.empty()) return true;
    const std::string_view last = pointer.substr(pointer.rfind('/') + 1);
    const std::string_view before = pointer.substr(0, pointer.rfind('/'));
    const bool of_list =
        before == "/devices" || (before.starts_with("/devices/") && before.ends_with("/points"));
    return of_list && last.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::map<Mark, MarkMap::Entry> MarkMap::entries() const {
    std::map<Mark, Entry> entries;
    for (const auto& [input, pointers] : marks_) {
        for (const auto& [pointer, begin] : pointers) {
            if (names_entry(pointer)) entries.insert_or_assign(begin, Entry{input, pointer});
        }
    }
    return entries;
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
