// The devices of a running gateway: number, configuration, mapping and state of each.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/gateway_config.h"
#include "flow/reading.h"
#include "mapping/mapper.h"

namespace fieldway::app {

struct Device {
    DeviceNumber number = 0;
    DeviceId id;
    std::string input;
    std::string uplink;
    std::vector<std::string> points;  ///< names of the declared ones, by number
    mapping::Mapper mapper;
    std::string state = "starting";  ///< as its input tells
    std::string reason;
    WallTime since{};                    ///< of the state
    std::uint64_t refused_messages = 0;  ///< too large, or not taken by the queue
    bool refusal_told = false;           ///< one line when messages begin to be refused
};

/// Numbers are given once per id and never again while the process runs.
/// Thread: core.
class DeviceTable {
  public:
    /// An error names the device whose mapping cannot be made.
    static Result<DeviceTable> make(const std::vector<config::DeviceOptions>& devices,
                                    WallTime now);

    [[nodiscard]] DeviceNumber number_of(const DeviceId& id) const { return numbers_.at(id); }
    [[nodiscard]] Device* find(DeviceNumber number);
    [[nodiscard]] Device* find(std::string_view id);
    [[nodiscard]] std::vector<Device>& all() { return devices_; }
    [[nodiscard]] const std::vector<Device>& all() const { return devices_; }

  private:
    std::vector<Device> devices_;  // number n stands at n - 1
    std::map<DeviceId, DeviceNumber> numbers_;
};

}  // namespace fieldway::app
