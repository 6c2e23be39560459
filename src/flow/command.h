// COMMAND ROUTER -Command-> plugin host -> INPUT, and the outcome back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/value.h"
#include "flow/reading.h"

namespace fieldway {

/// Given by whoever asks; the answer carries it back.
using CommandNumber = std::uint64_t;

struct PointValue {
    PointNumber point = undeclared_point;
    std::string name;  ///< of an undeclared point
    Value value;       ///< raw, as the device takes it: mapping is undone before

    friend bool operator==(const PointValue&, const PointValue&) = default;
};

/// What an input is asked to do with one device, answered once.
struct Command {
    enum class Kind : std::uint8_t { read, write, scan, status };
    CommandNumber number = 0;
    Kind kind = Kind::read;
    DeviceNumber device = 0;
    std::vector<PointValue> points;  ///< read: which; write: which and what
    std::string arguments;           ///< JSON text; scan: what to sweep
    MonotonicTime expires{};         ///< not begun after this

    friend bool operator==(const Command&, const Command&) = default;
};

struct CommandOutcome {
    enum class Status : std::uint8_t {
        done,     ///< read: values are there; write: the device confirmed
        refused,  ///< by us, before anything was sent: the reason says why
        failed,  ///< the device did not answer or answered with an error; a write may have happened
        expired,  ///< not begun in time
    };
    CommandNumber number = 0;
    Status status = Status::done;
    std::string reason;
    std::vector<Reading> readings;  ///< read: the values; write: what was read back, if it was
    std::string details;            ///< JSON text; status and scan: what was found

    friend bool operator==(const CommandOutcome&, const CommandOutcome&) = default;
};

std::string_view name_of(CommandOutcome::Status status);

}  // namespace fieldway
