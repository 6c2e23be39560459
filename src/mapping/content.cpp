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
    switch (content.timestamp_format) {
        case TimestampFormat::rfc3339:
            return rfc3339(content.time);
        case TimestampFormat::unix_ms:
            return std::to_string(content.time.time_since_epoch().count());
        case TimestampFormat::unix_s:
            return std::to_string(
                std::chrono::floor<std::chrono::seconds>(content.time).time_since_epoch().count());
        case TimestampFormat::none:
            break;
    }
    return "";
}

std::optional<std::string> plain_text(const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return as_utf8(*text);
    if (const auto* bytes = std::get_if<Bytes>(&value)) return to_hex(*bytes);
    std::string text = to_json_text(value);
    if (text == "null") return std::nullopt;
    return text;
}

}  // namespace fieldway::mapping
