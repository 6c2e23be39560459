#include "config/names.h"

#include <algorithm>

#include "base/value.h"
#include "config/diagnostic.h"

namespace fieldway::config {

namespace {

bool has_control_character(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace

std::string why_no_subtopic(std::string_view text) {
    if (text.empty()) return "";
    const std::string is = "subtopic is " + shown_text(text) + "; ";
    if (text.find_first_of("+#") != std::string_view::npos) {
        return is + "+ and # are for subscriptions, leave them out";
    }
    if (has_control_character(text)) return is + "leave the control character out";
    if (!is_utf8(text)) return is + "it must be UTF-8";
    if (text.starts_with('/') || text.ends_with('/')) {
        return is + "the slash between it and the device is added, leave it out";
    }
    if (text.find("//") != std::string_view::npos) return is + "a level between slashes is empty";
    return "";
}

std::string why_no_point_name(std::string_view text) {
    if (text.empty()) return "name is empty; write one";
    if (has_control_character(text)) {
        return "name is " + shown_text(text) + "; leave the control character out";
    }
    if (!is_utf8(text)) return "name is not UTF-8";
    if (text.front() == ' ' || text.back() == ' ') {
        return "name is " + shown_text(text) + "; leave the space at its edge out";
    }
    return "";
}

}  // namespace fieldway::config
