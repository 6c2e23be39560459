// The flat byte messages that cross the ABI: little-endian, no padding, lengths of 32 bits before
// texts. Every reader refuses what is cut off, too long or of an unknown kind; nothing here trusts
// the other side.
//
//   readings  u32 count, then count times
//             { u32 device, u32 reading count, text reason, readings }
//   reading   u32 point (0xFFFFFFFF: undeclared, then text name), u8 flags (bit 0: bad,
//             bit 1: the wall time is the device's own word), i64 monotonic ns, i64 wall ms, value
//   value     u8 kind, then:
//             0 none | 1 bool u8 | 2 i64 | 3 u64 | 4 f32 | 5 f64 | 6 text | 7 bytes (counted)
//   state     u8 scope (0 input, 1 device), u32 device, u8 state, text reason,
//             text details (JSON object or empty)
//   command   u64 number, u8 kind, u32 device, i64 expires ns, text arguments, u32 count,
//             count times { u32 point (.. name), value }
//   outcome   u64 number, u8 status, text reason, text details, u32 count, readings
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/value.h"

namespace fieldway::wire {

inline constexpr std::uint32_t undeclared_point = 0xFFFFFFFF;

struct Reading {
    std::uint32_t point = undeclared_point;
    std::string name;  ///< of an undeclared point
    Value value;
    bool bad = false;
    Timestamp time;
    bool own_time = false;  ///< `wall` is the device's own word, not read from the host's clock

    friend bool operator==(const Reading&, const Reading&) = default;
};

struct DeviceReadings {
    std::uint32_t device = 0;
    std::string reason;  ///< why readings are bad
    std::vector<Reading> readings;

    friend bool operator==(const DeviceReadings&, const DeviceReadings&) = default;
};

enum class InputState : std::uint8_t {
    starting,  ///< nothing known yet
    up,        ///< answers
    degraded,  ///< answers, but part of it fails: the reason says which
    down,      ///< does not answer, is tried again
    failed,    ///< cannot work until something is changed
};
std::string_view name_of(InputState state);

/// The state of an input (its port, its connection, its program) or of one of its devices.
struct State {
    bool of_device = false;
    std::uint32_t device = 0;
    InputState state = InputState::starting;
    std::string reason;   ///< one sentence; empty when up
    std::string details;  ///< JSON object of counters, or empty

    friend bool operator==(const State&, const State&) = default;
};

struct PointValue {
    std::uint32_t point = undeclared_point;
    std::string name;
    Value value;

    friend bool operator==(const PointValue&, const PointValue&) = default;
};

enum class CommandKind : std::uint8_t { read, write, scan, status };

struct Command {
    std::uint64_t number = 0;
    CommandKind kind = CommandKind::read;
    std::uint32_t device = 0;
    MonotonicTime expires{};
    std::string arguments;  ///< JSON text
    std::vector<PointValue> points;

    friend bool operator==(const Command&, const Command&) = default;
};

enum class OutcomeStatus : std::uint8_t { done, refused, failed, expired };

struct Outcome {
    std::uint64_t number = 0;
    OutcomeStatus status = OutcomeStatus::done;
    std::string reason;
    std::string details;  ///< JSON text
    std::vector<Reading> readings;

    friend bool operator==(const Outcome&, const Outcome&) = default;
};

Bytes encode(const std::vector<DeviceReadings>& readings);
Bytes encode(const State& state);
Bytes encode(const Command& command);
Bytes encode(const Outcome& outcome);

/// At most this many readings in one batch; a larger count is refused before anything is allocated.
inline constexpr std::uint32_t most_readings = 100'000;

Result<std::vector<DeviceReadings>> decode_readings(ByteView bytes);
Result<State> decode_state(ByteView bytes);
Result<Command> decode_command(ByteView bytes);
Result<Outcome> decode_outcome(ByteView bytes);

}  // namespace fieldway::wire
