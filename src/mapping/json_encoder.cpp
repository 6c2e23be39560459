#include "mapping/json_encoder.h"

namespace fieldway::mapping {

namespace {

void append_key(std::string& out, std::string_view key) {
    out += out.size() == 1 ? "" : ",";
    append_json_string(out, key);
    out += ':';
}

void append_timestamp(std::string& out, const Content& content) {
    using config::TimestampFormat;
    if (content.timestamp_format == TimestampFormat::none) return;
    append_key(out, content.timestamp_key);
    switch (content.timestamp_format) {
        case TimestampFormat::rfc3339:
            append_json_string(out, rfc3339(content.time));
            break;
        case TimestampFormat::unix_ms:
            out += std::to_string(content.time.time_since_epoch().count());
            break;
        case TimestampFormat::unix_s:
            out += std::to_string(
                std::chrono::floor<std::chrono::seconds>(content.time).time_since_epoch().count());
            break;
        case TimestampFormat::none:
            break;
    }
}

}  // namespace

std::string encode_json(const Content& content) {
    std::string out = "{";
    append_timestamp(out, content);
    for (const Sample& sample : content.samples) {
        append_key(out, sample.name);
        append_json(out, *sample.value);
    }
    out += '}';
    return out;
}

}  // namespace fieldway::mapping
