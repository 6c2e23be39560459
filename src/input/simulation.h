// Simulated devices that a plugin plays: the ABI's `simulate`, owned.
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "input/library.h"
#include "plugin_api/input_config.h"
#include "plugin_api/options.h"

namespace fieldway::input {

/// The option table of one simulation, or nothing when the plugin simulates nothing.
std::optional<OptionTable> simulation_table(const PluginLibrary& plugin);

/// Runs on threads of the plugin until it is destroyed. Thread: any, one at a time.
class Simulation {
  public:
    /// `options`: checked against simulation_table(). Nothing when the plugin refuses them: all
    /// that it said is added to `problems`. What has no pointer is wrong with the world, not with
    /// the options.
    static std::optional<Simulation> start(const PluginLibrary& plugin,
                                           const boost::json::object& options,
                                           std::vector<Problem>& problems);

    /// How to reach it: {"url": "tcp://127.0.0.1:15020"}.
    [[nodiscard]] const boost::json::object& address() const { return address_; }

  private:
    struct Stop {
        const fieldway_plugin_api* api = nullptr;
        void operator()(fieldway_simulation* running) const { api->stop_simulation(running); }
    };
    Simulation(std::unique_ptr<fieldway_simulation, Stop> running, boost::json::object address)
        : running_(std::move(running)), address_(std::move(address)) {}

    std::unique_ptr<fieldway_simulation, Stop> running_;
    boost::json::object address_;
};

}  // namespace fieldway::input
