// Scans, reads and writes by url of buses that the running gateway uses: the input asks its own
// bus.
#pragma once

#include <functional>
#include <vector>

#include <boost/json.hpp>

#include "app/device_table.h"
#include "base/clock.h"
#include "base/error.h"
#include "config/input_options.h"
#include "input/host.h"

namespace fieldway::app {

/// Thread: core.
class BusDesk {
  public:
    using Done = std::function<void(Result<boost::json::value>)>;

    BusDesk(const std::vector<config::InputOptions>& inputs, const DeviceTable& devices,
            input::Host& host, const Clock& clock)
        : inputs_(inputs), devices_(devices), host_(host), clock_(clock) {}

    /// `request`: a ProbeRequest (plugin_api/probe.h). {"held": false} when no input has its url;
    /// else, when the input is done with it, {"held": true} and "answer" or "error", a sentence.
    void probe(const boost::json::object& request, Done done);

  private:
    const std::vector<config::InputOptions>& inputs_;
    const DeviceTable& devices_;
    input::Host& host_;
    const Clock& clock_;
    CommandNumber next_ = 1;
};

}  // namespace fieldway::app
