#include "input/host.h"

#include <algorithm>
#include <map>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include "base/thread_guard.h"
#include "input/input_runner.h"
#include "input/plugin_runner.h"

namespace fieldway::input {

namespace {

/// Events of plugins that the core takes in one go, before it sees to anything else.
constexpr std::size_t most_events_a_turn = 256;

class PluginHost final : public Host {
  public:
    PluginHost(HostDependencies dependencies, const std::vector<PluginLibrary>& plugins);
    ~PluginHost() override;

    void configure(const std::vector<Wanted>& inputs) override;
    void submit(const std::string& input, Command command, OnOutcome done) override;
    void accepted(std::uint64_t origin, std::uint64_t token, Acceptance acceptance) override;
    void stop(MonotonicTime deadline, std::function<void()> stopped) override;
    [[nodiscard]] boost::json::object figures() const override;

  private:
    [[nodiscard]] const PluginLibrary* library_of(const std::string& plugin) const;
    PluginRunner* runner_of(const std::string& plugin, std::string& why_not);
    std::unique_ptr<PluginRunner> make_runner(const PluginLibrary& library);
    void on_plugin_abandoned(const std::string& plugin, const std::string& reason);
    void take_turn();
    void drain();
    std::size_t deliver(std::size_t most);
    void tidy_soon();
    void tidy();
    void end_plugins();
    void finish_stop();

    const std::vector<PluginLibrary> libraries_;
    ThreadGuard guard_;
    InputSurroundings around_;
    boost::asio::steady_timer stop_timer_;
    std::map<std::string, std::unique_ptr<PluginRunner>> plugins_;
    std::map<std::string, std::unique_ptr<InputRunner>> inputs_;
    std::uint64_t late_ = 0;  ///< events of inputs that had ended
    std::function<void()> stopped_;
    std::size_t plugins_to_end_ = 0;
    bool ending_plugins_ = false;
    std::shared_ptr<bool> alive_ =
        std::make_shared<bool>(true);  // weakly held by handlers on their way
};

PluginHost::PluginHost(HostDependencies dependencies, const std::vector<PluginLibrary>& plugins)
    : libraries_(plugins),
      around_{dependencies,
              std::make_shared<IntakeQueue>(dependencies.intake_limit),
              StartMarker(dependencies.marker_folder),
              [this](const std::string& plugin, std::string& why_not) {
                  return runner_of(plugin, why_not);
              },
              [this] { drain(); },
              [this] { tidy_soon(); },
              std::nullopt,
              {},
              0,
              0},
      stop_timer_(dependencies.core) {}

PluginHost::~PluginHost() {
    alive_.reset();
    inputs_.clear();   // answers what is open
    plugins_.clear();  // joins, or abandons what hangs
}

std::unique_ptr<PluginRunner> PluginHost::make_runner(const PluginLibrary& library) {
    const HostDependencies& deps = around_.dependencies;
    auto wake = [this, alive = std::weak_ptr<bool>(alive_)] {
        if (!alive.expired()) take_turn();
    };
    return std::make_unique<PluginRunner>(
        library, Border::Gateway{deps.core, deps.clock, deps.log, around_.intake, std::move(wake)},
        deps.deadlines.start, [this, name = library.name](const std::string& reason) {
            on_plugin_abandoned(name, reason);
        });
}

/// The one that can be used, else one of that name that was refused, else null.
const PluginLibrary* PluginHost::library_of(const std::string& plugin) const {
    const PluginLibrary* refused = nullptr;
    for (const PluginLibrary& library : libraries_) {
        if (library.name != plugin) continue;
        if (library.api != nullptr) return &library;
        refused = &library;
    }
    return refused;
}

PluginRunner* PluginHost::runner_of(const std::string& plugin, std::string& why_not) {
    auto found = plugins_.find(plugin);
    if (found == plugins_.end()) {
        const PluginLibrary* library = library_of(plugin);
        if (library == nullptr) {
            why_not = fmt::format(
                "there is no plugin named {}; `fieldway plugins` lists those that were found",
                plugin);
            return nullptr;
        }
        if (library->api == nullptr) {
            why_not = fmt::format("plugin {} was refused: {} {}", plugin, library->file.string(),
                                  library->refused);
            return nullptr;
        }
        found = plugins_.emplace(plugin, make_runner(*library)).first;
    }
    if (found->second->usable()) return found->second.get();
    why_not = found->second->why_unusable();
    return nullptr;
}

void PluginHost::on_plugin_abandoned(const std::string& plugin, const std::string& reason) {
    const PluginRunner& runner = *plugins_.at(plugin);
    for (const auto& [name, input] : inputs_)
        input->on_abandoned(runner, reason);
    tidy_soon();
}

void PluginHost::configure(const std::vector<Wanted>& inputs) {
    guard_.adopt();
    if (around_.stop_by) return;  // the end has begun
    std::map<std::string, const Wanted*> wanted;
    for (const Wanted& input : inputs)
        wanted[input.settings.name] = &input;
    for (const auto& [name, input] : inputs_) {
        if (wanted.count(name) == 0) input->want(nullptr);
    }
    for (const auto& [name, input] : wanted) {
        auto& runner = inputs_[name];
        if (!runner) runner = std::make_unique<InputRunner>(name, around_);
        runner->want(std::make_shared<const Wanted>(*input));
    }
    tidy_soon();
}

void PluginHost::submit(const std::string& input, Command command, OnOutcome done) {
    guard_.check();
    const auto found = inputs_.find(input);
    if (found != inputs_.end()) return found->second->submit(std::move(command), std::move(done));
    CommandOutcome outcome;
    outcome.number = command.number;
    outcome.status = CommandOutcome::Status::refused;
    outcome.reason = fmt::format("there is no input named {}", input);
    boost::asio::post(around_.dependencies.core,
                      [done = std::move(done), outcome = std::move(outcome)] { done(outcome); });
}

void PluginHost::accepted(std::uint64_t origin, std::uint64_t token, Acceptance acceptance) {
    guard_.check();
    const auto found = around_.by_origin.find(origin);
    if (found != around_.by_origin.end() && token != 0) found->second->accepted(token, acceptance);
}

/// Delivers what waits, oldest first; gives how many there were.
std::size_t PluginHost::deliver(std::size_t most) {
    std::vector<PluginEvent> events = around_.intake->take(most);
    for (PluginEvent& event : events) {
        const auto input = around_.by_origin.find(event.origin);
        if (input == around_.by_origin.end()) {
            ++late_;
        } else {
            input->second->on_event(std::move(event));
        }
    }
    return events.size();
}

void PluginHost::take_turn() {
    if (deliver(most_events_a_turn) == 0) return;
    boost::asio::post(around_.dependencies.core, [this, alive = std::weak_ptr<bool>(alive_)] {
        if (!alive.expired()) take_turn();
    });
}

/// Everything that was there at the call. The wake-up that was posted for it finds what is left, or
/// nothing.
void PluginHost::drain() {
    deliver(around_.intake->size());
}

/// Not at once: whoever settled is still on the stack.
void PluginHost::tidy_soon() {
    boost::asio::post(around_.dependencies.core, [this, alive = std::weak_ptr<bool>(alive_)] {
        if (!alive.expired()) tidy();
    });
}

void PluginHost::tidy() {
    for (auto input = inputs_.begin(); input != inputs_.end();) {
        input = input->second->gone() ? inputs_.erase(input) : std::next(input);
    }
    if (stopped_ && inputs_.empty() && !ending_plugins_) end_plugins();
}

void PluginHost::stop(MonotonicTime deadline, std::function<void()> stopped) {
    guard_.check();
    stopped_ = std::move(stopped);
    around_.stop_by = deadline;
    stop_timer_.expires_after(deadline - around_.dependencies.clock.monotonic());
    stop_timer_.async_wait(
        [this, alive = std::weak_ptr<bool>(alive_)](boost::system::error_code wrong) {
            if (!wrong && !alive.expired()) finish_stop();
        });
    for (const auto& [name, input] : inputs_)
        input->want(nullptr);
    tidy_soon();
}

void PluginHost::end_plugins() {
    ending_plugins_ = true;
    plugins_to_end_ = plugins_.size();
    if (plugins_to_end_ == 0) return finish_stop();
    for (const auto& [name, plugin] : plugins_) {
        plugin->destroy(around_.dependencies.deadlines.stop, [this] {
            if (--plugins_to_end_ == 0) finish_stop();
        });
    }
}

void PluginHost::finish_stop() {
    if (!stopped_) return;
    stop_timer_.cancel();
    for (const auto& [name, plugin] : plugins_) {
        const std::string call = plugin->under_way();
        if (call.empty()) continue;
        around_.dependencies.log.error(
            "plugin.hang",
            fmt::format("plugin {} is still busy with {}; the gateway ends without it", name, call),
            {{"plugin", name}});
    }
    boost::asio::post(around_.dependencies.core, std::exchange(stopped_, nullptr));
}

boost::json::object PluginHost::figures() const {
    guard_.check();
    boost::json::object out;
    for (const auto& [name, input] : inputs_) {
        boost::json::object of_input = input->figures();
        of_input["late"] = late_;
        out[name] = std::move(of_input);
    }
    return out;
}

}  // namespace

std::unique_ptr<Host> make_host(HostDependencies dependencies,
                                const std::vector<PluginLibrary>& plugins) {
    return std::make_unique<PluginHost>(std::move(dependencies), plugins);
}

}  // namespace fieldway::input
