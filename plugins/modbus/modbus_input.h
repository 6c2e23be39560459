// The plugin's two levels: the plugin object owns the lines that inputs share, an input is a member
// of one line.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "modbus/line.h"
#include "modbus/modbus_options.h"
#include "modbus/poller.h"
#include "modbus/probe/bus_probe.h"
#include "modbus/socket_loop.h"
#include "plugin_api/sdk.h"

namespace fieldway::modbus {

/// Thread: the plugin's control thread.
class ModbusInput final : public sdk::Input {
  public:
    /// The keys are nobody else's on the line.
    ModbusInput(std::shared_ptr<Line> line, InputKey key, InputKey key_of_probe, sdk::Host host,
                std::vector<DeviceOptions> devices);

    Result<> update(const InputSettings& settings) override;
    void submit(const wire::Command& command) override;
    bool stop(MonotonicTime deadline) override;

  private:
    std::shared_ptr<Line> line_;  // shared with the other inputs of its endpoint
    InputKey key_;
    BusProbe probe_;
};

/// Thread: the plugin's control thread.
class ModbusPlugin final : public sdk::Plugin {
  public:
    static const sdk::PluginInfo& info();

    std::vector<Problem> check(const InputSettings& settings) override;
    boost::json::object plan(const InputSettings& settings) override;
    Result<std::unique_ptr<sdk::Input>> start(sdk::Host host,
                                              const InputSettings& settings) override;

  private:
    Result<std::shared_ptr<Line>> line_of(const LineOptions& options, sdk::Host host);

    std::unique_ptr<SocketLoop> loop_;  ///< made with the first TCP line, outlives them
    std::map<Endpoint, std::weak_ptr<Line>> lines_;
    InputKey keys_ = 0;
};

}  // namespace fieldway::modbus
