// The value of a point, as a device gave it or as mapping made it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/bytes.h"

namespace fieldway {

/// No value: the device has none (a NaN, a no-value code), or the point could not be read.
struct NoValue {
    friend bool operator==(NoValue, NoValue) = default;
};

/// float stays float: a float32 of 0.1 is printed 0.1, not 0.10000000149011612.
using Value =
    std::variant<NoValue, bool, std::int64_t, std::uint64_t, float, double, std::string, Bytes>;

inline bool has_value(const Value& value) {
    return !std::holds_alternative<NoValue>(value);
}

/// JSON text of a value: shortest digits that read back as the same number of the same type; NaN
/// and infinities are null; bytes are a string of hex digits; text is escaped, and bytes in it that
/// are not UTF-8 become U+FFFD, so that the result is always valid JSON.
void append_json(std::string& out, const Value& value);
std::string to_json_text(const Value& value);

/// Whether all of it is UTF-8 by RFC 3629: no overlong forms, no surrogates.
bool is_utf8(std::string_view text);
/// The text with U+FFFD for each byte that is not UTF-8.
std::string as_utf8(std::string_view text);

/// A JSON string with its quotes, valid whatever the bytes.
void append_json_string(std::string& out, std::string_view text);

/// The number a value stands for (true is 1), or nothing for text, bytes and no value.
/// 64-bit integers beyond 2^53 lose digits: use only where arithmetic is asked for.
std::optional<double> as_number(const Value& value);

}  // namespace fieldway
