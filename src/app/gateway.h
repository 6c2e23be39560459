// The composition root: every station of the flow, built, joined and ended here.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "config/gateway_config.h"
#include "input/library.h"

namespace fieldway::app {

/// One running gateway; two of them can live in one process. Thread: core, every method.
class Gateway {
  public:
    struct Dependencies {
        boost::asio::io_context& core;
        const Clock& clock;
        Log log;
        std::vector<input::PluginLibrary> plugins;
        std::uint64_t seed = 0;  ///< of every jitter
        /// Inputs that cannot run, and why (a plugin that is missing, refused or broken): told as
        /// failed, the others run.
        std::map<std::string, std::string> unusable_inputs{};
    };

    virtual ~Gateway() = default;

    /// Opens the control socket, starts inputs and sessions. What only the world prevents (a port,
    /// a broker, a folder for the control socket) is a state or a line in the log. An error:
    /// another gateway answers at the control socket.
    virtual Result<> start() = 0;

    /// Inputs first, then what is open at the broker; `stopped` is called at the latest at the
    /// deadline.
    virtual void stop(MonotonicTime deadline, std::function<void()> stopped) = 0;

    [[nodiscard]] virtual boost::json::object status() const = 0;
    /// One line for the service manager.
    [[nodiscard]] virtual std::string summary() const = 0;
};

Result<std::unique_ptr<Gateway>> make_gateway(Gateway::Dependencies dependencies,
                                              config::GatewayConfig config);

}  // namespace fieldway::app
