// The C++ face of the plugin border. A plugin derives from Plugin and Input, and names its Plugin
// class once:
//
//     FIELDWAY_PLUGIN(fieldway::example::ExamplePlugin)
//
// where the class has `static const PluginInfo& info()`. Exceptions end at the border: a call that
// throws is an error that names the plugin as its cause. docs/plugin-guide.md goes from an empty
// folder to a green test.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "plugin_api/abi.h"
#include "plugin_api/input_config.h"
#include "plugin_api/options.h"
#include "plugin_api/probe.h"
#include "plugin_api/wire.h"

namespace fieldway::sdk {

enum class Acceptance : std::int32_t {
    durable = FIELDWAY_ACCEPTED_DURABLE,
    on_memory_alone = FIELDWAY_ACCEPTED_VOLATILE,
    refused = FIELDWAY_ACCEPTED_REFUSED,
};

/// What an input may ask of the gateway. Copyable; valid until the input's stop has returned.
/// Thread: any.
class Host final : public Clock {
  public:
    Host() = default;
    Host(const fieldway_host* host, std::uint64_t input) : host_(host), input_(input) {}

    /// False: not taken, the intake is full; keep the readings and try again later, or count them
    /// as lost.
    [[nodiscard]] bool emit(const std::vector<wire::DeviceReadings>& readings,
                            std::uint64_t token = 0) const;
    void state(const wire::State& state) const;
    void answer(const wire::Outcome& outcome) const;
    void log(LogLevel level, std::string_view sentence) const;
    [[nodiscard]] MonotonicTime monotonic() const override;
    [[nodiscard]] WallTime wall() const override;

  private:
    const fieldway_host* host_ = nullptr;
    std::uint64_t input_ = 0;
};

/// One bus, line or radio. Every method: the plugin's control thread. Destroyed after stop.
class Input {
  public:
    virtual ~Input() = default;
    /// The new configuration, already checked. An error: it cannot be applied in place, the gateway
    /// restarts the input.
    virtual Result<> update(const InputSettings& settings) = 0;
    /// Answered once through Host::answer, now or later.
    virtual void submit(const wire::Command& command) = 0;
    /// What became of the readings emitted with this token.
    virtual void accepted(std::uint64_t token, Acceptance acceptance) {
        (void)token;
        (void)acceptance;
    }
    /// Ends it: true when nothing of it runs any more, false when the deadline passed first.
    virtual bool stop(MonotonicTime deadline) = 0;
};

/// One per library and gateway. Every method: the plugin's control thread.
class Plugin {
  public:
    virtual ~Plugin() = default;
    /// All problems at once, without touching a port or the network. The option tables have been
    /// checked before.
    virtual std::vector<Problem> check(const InputSettings& settings) = 0;
    /// The predicted load; {} where there is nothing to predict.
    virtual boost::json::object plan(const InputSettings& settings) {
        (void)settings;
        return {};
    }
    virtual Result<std::unique_ptr<Input>> start(Host host, const InputSettings& settings) = 0;
};

/// A simulated device or line; ends when destroyed.
class Simulation {
  public:
    virtual ~Simulation() = default;
    /// How to reach it: {"url": "tcp://127.0.0.1:15020"}.
    [[nodiscard]] virtual boost::json::object address() const = 0;
};

struct PluginInfo {
    std::string name;
    std::string version;
    std::string summary;
    PluginTables tables;
    std::vector<std::string> decode_kinds;
    /// `words[0]` is the kind. JSON text, an object a line.
    Result<std::string> (*decode)(const std::vector<std::string>& words) = nullptr;
    OptionTable simulate_table;
    /// All that is wrong with an entry, by its place in it; may be none.
    std::vector<Problem> (*check_simulation)(const boost::json::object& config) = nullptr;
    /// Of an entry that passed the check.
    Result<std::unique_ptr<Simulation>> (*simulate)(const boost::json::object& config) = nullptr;
    ProbeTables probe_tables;
    /// On the caller's thread, for as long as it takes; `news` before each step on the bus.
    /// An error with the consequence drop_item is about the request, any other about the bus.
    Result<boost::json::object> (*probe)(const ProbeRequest& request,
                                         const ProbeNews& news) = nullptr;
};

/// The C functions over a plugin class. `create` makes the plugin object; the host is the gateway.
using PluginFactory = std::unique_ptr<Plugin> (*)();
const fieldway_plugin_api* plugin_entry(std::uint32_t host_abi_version, const PluginInfo& info,
                                        PluginFactory factory);

}  // namespace fieldway::sdk

#define FIELDWAY_PLUGIN(PluginClass)                                                        \
    extern "C" __attribute__((visibility("default"))) const fieldway_plugin_api*            \
    fieldway_plugin_entry(uint32_t host_abi_version) {                                      \
        return fieldway::sdk::plugin_entry(host_abi_version, PluginClass::info(),           \
                                           []() -> std::unique_ptr<fieldway::sdk::Plugin> { \
                                               return std::make_unique<PluginClass>();      \
                                           });                                              \
    }
