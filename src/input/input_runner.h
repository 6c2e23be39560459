// One configured input: brought from what it is to what is wanted, one call at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <boost/asio/steady_timer.hpp>
#include <boost/json.hpp>

#include "input/host.h"
#include "input/plugin_runner.h"
#include "input/start_marker.h"

namespace fieldway::input {

/// What all inputs of a gateway have in common.
struct InputSurroundings {
    HostDependencies dependencies;
    std::shared_ptr<IntakeQueue> intake;
    StartMarker marker;
    /// The plugin's runner, made when first asked for; null with the reason in the second when
    /// there is none.
    std::function<PluginRunner*(const std::string& plugin, std::string& why_not)> plugin;
    /// Takes everything out of the intake now, so that what came before an end is not lost by the
    /// end.
    std::function<void()> drain;
    /// An input became what was wanted of it, or cannot.
    std::function<void()> settled;
    std::optional<MonotonicTime> stop_by;  ///< the gateway is ending
    std::unordered_map<std::uint64_t, class InputRunner*> by_origin;
    std::uint64_t last_origin = 0;   ///< incarnations are numbered from 1, never again
    std::uint64_t last_command = 0;  ///< as plugins see commands
};

/// Thread: core.
class InputRunner {
  public:
    /// Open commands of one input; another one is refused.
    static constexpr std::size_t most_open_commands = 256;
    /// Acceptances that wait for the control thread; further ones are dropped and counted.
    static constexpr std::size_t most_waiting_acceptances = 1 << 18;

    InputRunner(std::string name, InputSurroundings& surroundings);
    /// Answers what is open.
    ~InputRunner();
    InputRunner(const InputRunner&) = delete;
    InputRunner& operator=(const InputRunner&) = delete;

    /// Nothing: the input is to end.
    void want(std::shared_ptr<const Host::Wanted> wanted);
    /// It has ended as wanted, or never will.
    [[nodiscard]] bool gone() const;

    void submit(Command command, Host::OnOutcome done);
    void accepted(std::uint64_t token, Acceptance acceptance);
    void on_event(PluginEvent event);
    /// Its plugin was abandoned.
    void on_abandoned(const PluginRunner& plugin, const std::string& reason);

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] std::uint64_t origin() const { return origin_; }
    [[nodiscard]] boost::json::object figures() const;

  private:
    enum class Phase : std::uint8_t {
        idle,      ///< nothing runs
        starting,  ///< a check or start is under way
        running,
        updating,
        stopping,
        failed,     ///< cannot run with what is wanted of it
        abandoned,  ///< for ever: it would not stop, or its plugin hangs
    };
    struct Open {
        CommandNumber number = 0;
        Host::OnOutcome done;
        bool handed_over = false;  ///< the plugin has it: a write may happen
        std::unique_ptr<boost::asio::steady_timer> timer;
    };
    struct KnownDevice {
        std::string id;
        std::size_t points = 0;
        std::optional<wire::InputState> state;
        bool down_with_input = false;  ///< told at debug level only
    };
    struct Started;
    struct Verdict;

    void reconcile();
    void begin_start();
    void started(const std::shared_ptr<Started>& started);
    void begin_update();
    void begin_stop();
    void stopped(std::int32_t result);
    void fail(const std::string& reason);
    void end_incarnation();
    void settle(Phase phase);
    [[nodiscard]] bool between() const;
    [[nodiscard]] bool takes_commands() const;
    void learn_devices();

    void on_readings(Emission emission);
    void on_state(const wire::State& state);
    void on_outcome(wire::Outcome outcome);
    void tell_state(bool of_device, DeviceNumber device, wire::InputState state,
                    const std::string& reason, const std::string& details);
    void log_input(wire::InputState state, const std::string& reason) const;
    void log_device(KnownDevice& device, wire::InputState state, const std::string& reason);

    void hand_over(std::uint64_t number, wire::Command command);
    void watch_command(std::uint64_t number, Open& open, MonotonicTime expires);
    void answer(std::uint64_t number, CommandOutcome outcome);
    void answer_all(CommandOutcome::Status status, const std::string& reason);
    void deliver_acceptances();

    const std::string name_;
    InputSurroundings& around_;
    const HostDependencies& deps_;

    Phase phase_ = Phase::idle;
    // Shared, since a configuration of a thousand points is large and mostly the same in both.
    std::shared_ptr<const Host::Wanted> wanted_;
    std::shared_ptr<const Host::Wanted> applied_;  ///< what runs, or is being started
    bool restart_ = false;  ///< the last update could not be applied in place
    PluginRunner* plugin_ = nullptr;
    fieldway_input* input_ = nullptr;
    std::uint64_t origin_ = 0;  ///< the incarnation; 0: none

    std::unordered_map<DeviceNumber, KnownDevice> devices_;
    std::optional<wire::InputState> state_;
    std::string reason_;

    std::map<std::uint64_t, Open> open_;  ///< by the number that the plugin knows
    std::vector<fieldway_acceptance> acceptances_;
    bool delivering_ = false;

    std::shared_ptr<const BorderCounters> counters_;
    std::uint64_t foreign_ = 0;  ///< readings and states of devices or points that are not its own
    std::uint64_t late_answers_ = 0;  ///< answers to commands that were answered before, or to none
    std::uint64_t acceptances_lost_ = 0;
    std::uint64_t readings_ = 0;
    std::shared_ptr<bool> alive_ =
        std::make_shared<bool>(true);  // weakly held by handlers on their way
};

}  // namespace fieldway::input
