// Reads and writes of points on the running gateway: names and values of people to commands of
// inputs, and back.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "app/device_table.h"
#include "base/clock.h"
#include "base/error.h"
#include "input/host.h"

namespace fieldway::app {

/// Thread: core.
class CommandDesk {
  public:
    using Done = std::function<void(Result<boost::json::value>)>;

    CommandDesk(DeviceTable& devices, input::Host& host, const Clock& clock)
        : devices_(devices), host_(host), clock_(clock) {}

    /// Reads points from the device now: {"device": id, "values": {...}, "timestamp": "..."}. No
    /// names: all declared.
    void read(const std::string& device, const std::vector<std::string>& points, Done done);
    /// Writes points, all or none where the plugin can; answers as read, with what was read back.
    void write(const std::string& device, const boost::json::object& values, Done done);

  private:
    Result<Device*> device_of(const std::string& id);
    void submit(const Device& device, Command command, Done done);
    boost::json::value answer_of(const Device& device, const CommandOutcome& outcome) const;

    DeviceTable& devices_;
    input::Host& host_;
    const Clock& clock_;
    CommandNumber next_ = 1;
};

}  // namespace fieldway::app
