#include "mapping/template_encoder.h"

namespace fieldway::mapping {

namespace {

std::string value_at(const config::FormatOptions& options, const std::string& name,
                     const Content& content) {
    // The configuration has refused points of these names.
    if (name == config::timestamp_name) return timestamp_text(content);
    if (name == config::device_name) return std::string(content.device);
    const Value* value = content.find(name);
    if (value == nullptr) return options.no_value;
    return plain_text(*value).value_or(options.no_value);
}

template <class Escape>
std::string filled(const config::FormatOptions& options, const Content& content,
                   const Escape& escape) {
    std::string out;
    for (const auto& piece : options.text.pieces) {
        if (piece.place && piece.text == config::timestamp_name)
            note_lacking(content, out.size(), 0, false);
        out += piece.place ? escape(value_at(options, piece.text, content)) : piece.text;
    }
    return out;
}

}  // namespace

std::string encode_text(const config::FormatOptions& options, const Content& content) {
    return filled(options, content, [](std::string text) { return text; });
}

std::string encode_xml(const config::FormatOptions& options, const Content& content) {
    return filled(options, content, [](const std::string& text) { return xml_escaped(text); });
}

std::string xml_escaped(std::string_view text) {
    constexpr std::string_view replacement = "\xEF\xBF\xBD";
    const std::string valid = as_utf8(text);
    std::string out;
    for (std::size_t at = 0; at < valid.size(); ++at) {
        const char c = valid[at];
        const std::string_view rest = std::string_view(valid).substr(at);
        if (c == '&') {
            out += "&amp;";
        } else if (c == '<') {
            out += "&lt;";
        } else if (c == '>') {
            out += "&gt;";
        } else if (c == '"') {
            out += "&quot;";
        } else if (c == '\'') {
            out += "&apos;";
        } else if (c == '\t' || c == '\n' || c == '\r') {
            out += "&#" + std::to_string(static_cast<int>(c)) + ";";
        } else if (static_cast<unsigned char>(c) < 0x20) {
            out += replacement;
        } else if (rest.starts_with("\xEF\xBF\xBE") || rest.starts_with("\xEF\xBF\xBF")) {
            out += replacement;
            at += 2;
        } else {
            out += c;
        }
    }
    return out;
}

}  // namespace fieldway::mapping
