// One JSON object of at most two levels, as members in their order. Pure.
//
// Not boost::json::parse, for what a DOM hides: integers beyond 64 bits (it rounds them), a name
// that stands twice (it keeps the last), and digits of doubles (numbers here are read by
// from_chars, correctly rounded).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/value.h"

namespace fieldway {

enum class JsonKind : std::uint8_t {
    scalar,  ///< `value` has it: null, bool, int64, uint64 (above int64 only), double, text
    object,  ///< `members` has it on the first level; empty on the second, where it is only named
    array,   ///< only named
    out_of_range,  ///< a number that no 64-bit integer or double can hold: only named
};

struct JsonMember {
    std::string name;
    JsonKind kind = JsonKind::scalar;
    Value value;
    std::vector<JsonMember> members;
};

/// The members of the object that `text` is. An error says why it is none: drop_item.
Result<std::vector<JsonMember>> parse_json_object(std::string_view text);

}  // namespace fieldway
