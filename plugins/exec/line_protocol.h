// The conversation of docs: what a line from a program says, and the lines that it is told. Pure.
//
//   {"key": "c", "values": {"n": 12, "ok": true, "note": "x", "t": null}, "timestamp": ..., "id":
//   ...}
//   {"key": "c", "bad": "sensor open circuit", "timestamp": ..., "id": ...}
//   {"command": "17", "ok": false, "error": "valve stuck"}
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/value.h"

namespace fieldway::exec {

inline constexpr std::size_t most_line_bytes = 64 * 1024;
inline constexpr std::size_t most_values = 1'000;    ///< in one line
inline constexpr std::size_t most_name_bytes = 256;  ///< of a value's name
inline constexpr std::size_t most_id_bytes = 256;
inline constexpr std::size_t most_reason_bytes =
    1024;  ///< of `bad` and `error`; longer ones are cut

/// What can be wrong with a line: each kind is counted, and told once.
enum class FaultKind : std::uint8_t {
    no_json,          ///< no JSON object
    too_long,         ///< over most_line_bytes
    unknown_member,   ///< a member that the conversation does not have, or one twice
    wrong_member,     ///< a member is missing or of another type
    nested_value,     ///< a value is an object or an array
    bad_number,       ///< a number that 64 bits cannot hold
    bad_name,         ///< a value without a name, too long, or twice in a line
    too_many_values,  ///< over most_values
    bad_timestamp,
    unknown_key,      ///< no device has the key
    too_many_points,  ///< over the undeclared points that a device may have
    unknown_command,  ///< an answer to no command that waits for one
};
inline constexpr std::size_t fault_kinds = 12;
std::string_view name_of(FaultKind kind);

struct LineFault {
    FaultKind kind = FaultKind::no_json;
    std::string sentence;
    Value id;  ///< of the line, when it could be read: it is answered
};

struct NamedValue {
    std::string name;
    Value value;
};

/// Readings of one device.
struct ReadingsLine {
    std::string key;
    std::vector<NamedValue> values;     ///< empty when `bad`
    std::optional<std::string> bad;     ///< the reason why no point of the device can be read
    std::optional<WallTime> timestamp;  ///< what the program says; none: now
    Value id;                           ///< text or integer; NoValue: no answer is asked for
};

/// What became of a command.
struct AnswerLine {
    std::string command;
    bool ok = false;
    std::string error;
};

/// A line without anything in it is `monostate`: nothing to do, nothing wrong.
using Line = std::variant<std::monostate, ReadingsLine, AnswerLine, LineFault>;
Line parse_line(std::string_view text);

/// What the gateway writes, each with its line end.
std::string accepted_line(const Value& id);
/// Accepted by the operator's choice into memory alone: a crash loses it.
std::string accepted_in_memory_line(const Value& id);
std::string refused_line(const Value& id, std::string_view error);
std::string command_line(std::string_view command, std::string_view key,
                         const std::vector<NamedValue>& values);

/// Counts faults by kind. Pure.
class FaultCounter {
  public:
    /// Whether it is the first of its kind, which is told.
    bool count(FaultKind kind) { return ++counts_[static_cast<std::size_t>(kind)] == 1; }
    [[nodiscard]] std::uint64_t of(FaultKind kind) const {
        return counts_[static_cast<std::size_t>(kind)];
    }

  private:
    std::array<std::uint64_t, fault_kinds> counts_{};
};

}  // namespace fieldway::exec
