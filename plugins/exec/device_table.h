// The devices of one program: which key is which device, which name which point, and who is bad.
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "exec/line_protocol.h"
#include "plugin_api/input_config.h"
#include "plugin_api/wire.h"

namespace fieldway::exec {

/// As many undeclared points as mapping keeps of one device; a line that would bring more is
/// refused whole, so that `accepted` never covers a value that was dropped.
inline constexpr std::size_t most_undeclared_points = 1'000;

class DeviceTable {
  public:
    DeviceTable() = default;
    explicit DeviceTable(const std::vector<InputDevice>& devices) { update(devices); }

    /// A device that did not change keeps what is known of it.
    void update(const std::vector<InputDevice>& devices);

    /// The readings that a line means: one DeviceReadings, empty when the line carries no value.
    /// Points that the line does not name are not touched; a bad line touches all: the declared
    /// ones, and those seen so far.
    std::variant<wire::DeviceReadings, LineFault> take(const ReadingsLine& line,
                                                       const Timestamp& now);

    /// All points of all devices that are not bad already, as bad: what happens when the program
    /// ends.
    std::vector<wire::DeviceReadings> all_bad(std::string_view reason, const Timestamp& now);

    /// States of devices that changed since the last call.
    std::vector<wire::State> take_changed_states();

    /// What a command of these points is written as, or why it cannot be.
    struct Target {
        std::string key;
        std::vector<NamedValue> values;
    };
    Result<Target> target_of(const wire::Command& command) const;

    [[nodiscard]] std::size_t size() const { return devices_.size(); }

  private:
    struct Device {
        InputDevice settings;
        std::string key;
        std::unordered_map<std::string, std::uint32_t> declared;
        std::set<std::string, std::less<>> undeclared;  ///< seen so far
        wire::InputState state = wire::InputState::starting;
        std::string reason;
        bool state_told = true;
    };

    wire::DeviceReadings bad_readings(Device& device, std::string_view reason,
                                      const Timestamp& time, bool own_time);
    void set_state(Device& device, wire::InputState state, std::string_view reason);

    std::map<std::string, Device, std::less<>> devices_;  ///< by key
    bool all_told_ = true;
};

}  // namespace fieldway::exec
