#include "config/mark_map.h"

#include <algorithm>
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

bool is_number(std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
}

/// The part of a pointer that names an entry: "", "/devices/3" or "/devices/3/points/7".
std::string_view entry_part(std::string_view pointer) {
    std::string_view entry;
    std::size_t at = 0;
    for (const std::string_view list : {"/devices/", "/points/"}) {
        if (!pointer.substr(at).starts_with(list)) return entry;
        const std::size_t number = at + list.size();
        const std::size_t end = std::min(pointer.find('/', number), pointer.size());
        if (!is_number(pointer.substr(number, end - number))) return entry;
        entry = pointer.substr(0, end);
        at = end;
    }
    return entry;
}

}  // namespace

MarkMap::Entry MarkMap::entry_of(const std::string& input, std::string_view pointer) {
    return {input, std::string(entry_part(pointer))};
}

std::multimap<Mark, MarkMap::Entry> MarkMap::entries() const {
    std::multimap<Mark, Entry> entries;
    for (const auto& [input, pointers] : marks_) {
        for (const auto& [pointer, begin] : pointers)
            entries.emplace(begin, entry_of(input, pointer));
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
