#include "base/value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

namespace fieldway {

namespace {

template <class Number>
void append_number(std::string& out, Number number) {
    if constexpr (std::is_floating_point_v<Number>) {
        if (!std::isfinite(number)) {
            out += "null";
            return;
        }
    }
    char buffer[32];
    const auto result = std::to_chars(buffer, buffer + sizeof buffer, number);
    out.append(buffer, result.ptr);
}

/// Length of the valid UTF-8 sequence at the front (RFC 3629: no overlong forms, no surrogates), or
/// 0.
std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::uint8_t lead = byte(0);
    std::size_t length = 0;
    std::uint8_t low = 0x80;
    std::uint8_t high = 0xBF;
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) {
        length = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        length = 3;
        if (lead == 0xE0) low = 0xA0;
        if (lead == 0xED) high = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        length = 4;
        if (lead == 0xF0) low = 0x90;
        if (lead == 0xF4) high = 0x8F;
    }
    if (length == 0 || text.size() < length || byte(1) < low || byte(1) > high) return 0;
    for (std::size_t i = 2; i < length; ++i) {
        if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
    }
    return length;
}

void append_escaped(std::string& out, char c) {
    static constexpr char digits[] = "0123456789abcdef";
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte < 0x20 || byte == 0x7F) {
        out += "\\u00";
        out += digits[byte >> 4];
        out += digits[byte & 15];
    } else {
        out += c;
    }
}

}  // namespace

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string as_utf8(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        out += length == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(0, length);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        if (length == 0) {
            out += "\xEF\xBF\xBD";
            text.remove_prefix(1);
        } else if (length == 1) {
            append_escaped(out, text[0]);
            text.remove_prefix(1);
        } else {
            out += text.substr(0, length);
            text.remove_prefix(length);
        }
    }
    out += '"';
}

void append_json(std::string& out, const Value& value) {
    struct Append {
        std::string& out;
        void operator()(NoValue) const { out += "null"; }
        void operator()(bool v) const { out += v ? "true" : "false"; }
        void operator()(std::int64_t v) const { append_number(out, v); }
        void operator()(std::uint64_t v) const { append_number(out, v); }
        void operator()(float v) const { append_number(out, v); }
        void operator()(double v) const { append_number(out, v); }
        void operator()(const std::string& v) const { append_json_string(out, v); }
        void operator()(const Bytes& v) const { append_json_string(out, to_hex(v)); }
    };
    std::visit(Append{out}, value);
}

std::string to_json_text(const Value& value) {
    std::string out;
    append_json(out, value);
    return out;
}

std::optional<double> as_number(const Value& value) {
    struct Number {
        std::optional<double> operator()(NoValue) const { return std::nullopt; }
        std::optional<double> operator()(bool v) const { return v ? 1.0 : 0.0; }
        std::optional<double> operator()(std::int64_t v) const { return static_cast<double>(v); }
        std::optional<double> operator()(std::uint64_t v) const { return static_cast<double>(v); }
        std::optional<double> operator()(float v) const { return static_cast<double>(v); }
        std::optional<double> operator()(double v) const { return v; }
        std::optional<double> operator()(const std::string&) const { return std::nullopt; }
        std::optional<double> operator()(const Bytes&) const { return std::nullopt; }
    };
    return std::visit(Number{}, value);
}

}  // namespace fieldway
