// What the gateway tells an input: its options and its devices, as one JSON text that crosses the
// ABI.
//
// Shape (every value checked against the plugin's tables, defaults filled in, durations in
// nanoseconds):
//   { "name": "hall",
//     "options": { "url": "tcp://10.0.0.20:502", "timeout": 500000000 },
//     "devices": [
//       { "number": 7, "id": "0CA1", "every": 10000000000, "address": { "unit": 1 }, "options": {},
//         "points": [
//           { "number": 0, "name": "supply_temp", "every": 5000000000, "writable": false,
//             "verify": "read-back", "options": { "register": "input:12", "type": "int16" },
//             "raw": { "last_bit": 5, "no_value": [ -32768 ], "least": 0, "most": 100 } } ] }
//     ] }
// `raw` and each of its keys are there where the configuration has them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "base/clock.h"
#include "base/error.h"

namespace fieldway {

/// How a write is confirmed.
enum class Verify : std::uint8_t {
    read_back,  ///< the point is read again and compared
    echo,       ///< the device's answer to the write is enough
    none,       ///< sent is enough
};
std::string_view name_of(Verify verify);

/// What mapping does with a point's raw value, for the check of an input that knows its type: what
/// the type can never be is a slip.
struct RawUse {
    std::optional<int> last_bit;         ///< the highest bit that is taken of it
    std::vector<std::int64_t> no_value;  ///< what means that there is none; signed types as read
    std::optional<double> least;         ///< of what may be written, where that is the raw value
    std::optional<double> most;

    friend bool operator==(const RawUse&, const RawUse&) = default;
};

struct InputPoint {
    std::uint32_t number = 0;  ///< its place in the device's list
    std::string name;
    Duration every{};  ///< poll interval; zero: not polled
    bool writable = false;
    Verify verify = Verify::read_back;
    boost::json::object options;
    RawUse raw{};

    friend bool operator==(const InputPoint&, const InputPoint&) = default;
};

struct InputDevice {
    std::uint32_t number = 0;  ///< what emit and submit call it
    std::string id;            ///< for log lines only
    Duration every{};
    boost::json::object address;
    boost::json::object options;
    std::vector<InputPoint> points;

    friend bool operator==(const InputDevice&, const InputDevice&) = default;
};

struct InputSettings {
    std::string name;
    boost::json::object options;
    std::vector<InputDevice> devices;

    friend bool operator==(const InputSettings&, const InputSettings&) = default;
};

std::string to_json_text(const InputSettings& settings);
Result<InputSettings> input_settings_from_json(std::string_view text);

/// Something wrong (or doubtful) in a configuration. `pointer` is a JSON pointer (RFC 6901) into
/// the text above: /devices/3/points/0/options/register. The host turns it into file:line:column.
struct Problem {
    std::string pointer;
    std::string sentence;
    bool warning = false;

    friend bool operator==(const Problem&, const Problem&) = default;
};

/// [{"pointer": "...", "sentence": "...", "warning": false}]
std::string to_json_text(const std::vector<Problem>& problems);
Result<std::vector<Problem>> problems_from_json(std::string_view text);

}  // namespace fieldway
