// The gateway's side of the plugin border: inputs are started, updated, asked and stopped from a
// control thread per plugin, each call with a deadline; what plugins emit arrives on the core
// thread in batches.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "flow/command.h"
#include "flow/reading.h"
#include "input/library.h"
#include "plugin_api/input_config.h"
#include "plugin_api/wire.h"

namespace fieldway::input {

enum class Acceptance : std::uint8_t { durable, in_memory, refused };

/// Readings on their way from an input; `token` 0 asks for no acceptance.
struct Arrival {
    std::string input;
    std::vector<Readings> readings;
    std::uint64_t token = 0;
    std::uint64_t origin = 0;  ///< names the input's incarnation; goes back with accepted()
};

struct StateChange {
    std::string input;
    bool of_device = false;
    DeviceNumber device = 0;
    std::string state;  ///< starting, up, degraded, down, failed
    std::string reason;
    boost::json::object details;
};

/// Whoever stands behind the intake. Thread: core.
class Intake {
  public:
    virtual ~Intake() = default;
    virtual void on_readings(Arrival arrival) = 0;
    virtual void on_state(const StateChange& change) = 0;
};

struct HostDeadlines {
    Duration check = std::chrono::seconds(5);
    Duration start = std::chrono::seconds(10);
    Duration update = std::chrono::seconds(10);
    Duration submit = std::chrono::seconds(2);
    Duration stop = std::chrono::seconds(3);
};

struct HostDependencies {
    boost::asio::io_context& core;
    const Clock& clock;
    Log log;
    Intake& intake;
    std::size_t intake_limit =
        8192;  ///< batches that wait for the core; above it emit answers FULL
    HostDeadlines deadlines;
    /// Where a file is left before each start of an input (start_marker.h); empty: nowhere.
    std::filesystem::path marker_folder;
};

/// One per gateway. Thread: core, every method; answers come on the core thread.
class Host {
  public:
    virtual ~Host() = default;

    /// Makes the running inputs those of `inputs` (plugin name and settings): starts, updates or
    /// stops the difference.
    struct Wanted {
        std::string plugin;
        InputSettings settings;

        friend bool operator==(const Wanted&, const Wanted&) = default;
    };
    virtual void configure(const std::vector<Wanted>& inputs) = 0;

    using OnOutcome = std::function<void(CommandOutcome)>;
    /// Answered once, also when the input hangs, is stopped or the command expires.
    virtual void submit(const std::string& input, Command command, OnOutcome done) = 0;

    /// What became of an arrival with a token.
    virtual void accepted(std::uint64_t origin, std::uint64_t token, Acceptance acceptance) = 0;

    /// Ends every input; `stopped` is called when all have, or when the deadline has passed with
    /// the hang named.
    virtual void stop(MonotonicTime deadline, std::function<void()> stopped) = 0;

    /// Counters for status: by input.
    [[nodiscard]] virtual boost::json::object figures() const = 0;
};

std::unique_ptr<Host> make_host(HostDependencies dependencies,
                                const std::vector<PluginLibrary>& plugins);

/// check() and plan() of one input, on the calling thread with a deadline: for `fieldway check`,
/// and before start. Problems' pointers are into `settings`. A hang is a problem at pointer "".
struct Checked {
    std::vector<Problem> problems;
    boost::json::object plan;
    /// The plugin itself failed (it hung, or could not be created): what the problem says is no
    /// fault of the settings.
    bool broken = false;
};
Checked check_input(const PluginLibrary& plugin, const InputSettings& settings, Duration deadline);

}  // namespace fieldway::input
