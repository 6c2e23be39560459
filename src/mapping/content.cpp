#include "mapping/content.h"

#include <algorithm>
#include <chrono>

namespace fieldway::mapping {

const Value* Content::find(std::string_view name) const {
    const auto found = std::find_if(samples.begin(), samples.end(),
                                    [&](const Sample& sample) { return sample.name == name; });
    return found == samples.end() ? nullptr : found->value;
}

std::string timestamp_text(const Content& content) {
    using config::TimestampFormat;
    if (!content.time.settled) return "";
    const WallTime wall = content.time.wall;
    switch (content.timestamp_format) {
        case TimestampFormat::rfc3339:
            return rfc3339(wall);
        case TimestampFormat::unix_ms:
            return std::to_string(wall.time_since_epoch().count());
        case TimestampFormat::unix_s:
            return std::to_string(
                std::chrono::floor<std::chrono::seconds>(wall).time_since_epoch().count());
        case TimestampFormat::none:
            break;
    }
    return "";
}

void note_lacking(const Content& content, std::size_t offset, std::size_t length, bool quoted) {
    using config::TimestampFormat;
    using Form = TimePlace::Form;
    if (content.time.settled || content.lacks == nullptr) return;
    TimePlace place{Form::rfc3339, static_cast<std::uint32_t>(offset),
                    static_cast<std::uint8_t>(length), content.time.monotonic};
    switch (content.timestamp_format) {
        case TimestampFormat::rfc3339:
            place.form = quoted ? Form::json_rfc3339 : Form::rfc3339;
            break;
        case TimestampFormat::unix_ms:
            place.form = Form::unix_ms;
            break;
        case TimestampFormat::unix_s:
            place.form = Form::unix_s;
            break;
        case TimestampFormat::none:
            return;
    }
    content.lacks->push_back(place);
}

std::optional<std::string> plain_text(const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return as_utf8(*text);
    if (const auto* bytes = std::get_if<Bytes>(&value)) return to_hex(*bytes);
    std::string text = to_json_text(value);
    if (text == "null") return std::nullopt;
    return text;
}

}  // namespace fieldway::mapping
