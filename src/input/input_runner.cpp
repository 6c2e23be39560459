#include "input/input_runner.h"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "base/quantity_text.h"
#include "input/abandoned.h"

namespace fieldway::input {

/// What a check, start or update gave; shared between the control thread, which fills it, and the
/// core, which reads it when the call has come back.
struct InputRunner::Verdict {
    bool ok = false;
    std::string said;  ///< problems as JSON

    static void take(void* context, fieldway_bytes result) {
        static_cast<Verdict*>(context)->said.assign(static_cast<const char*>(result.data),
                                                    result.size);
    }
    /// One sentence of all errors.
    [[nodiscard]] std::string reason() const {
        const Result<std::vector<Problem>> problems = problems_from_json(said);
        std::string text;
        if (problems) {
            for (const Problem& problem : *problems) {
                if (problem.warning) continue;
                if (!text.empty()) text += "; ";
                if (!problem.pointer.empty()) text += problem.pointer + ": ";
                text += problem.sentence;
            }
        }
        return text.empty() ? "the plugin gave no reason" : text;
    }
};

struct InputRunner::Started : Verdict {
    Started() = default;
    explicit Started(const Verdict& verdict) : Verdict(verdict) {}
    /// An input that started when nobody was there any more to stop it.
    ~Started() { keep_pointer_for_ever(input); }
    Started(const Started&) = delete;
    Started& operator=(const Started&) = delete;

    fieldway_input* input = nullptr;
};

namespace {

fieldway_bytes borrowed(const std::string& text) {
    return {text.data(), text.size()};
}

}  // namespace

InputRunner::InputRunner(std::string name, InputSurroundings& surroundings)
    : name_(std::move(name)), around_(surroundings), deps_(surroundings.dependencies) {}

InputRunner::~InputRunner() {
    keep_pointer_for_ever(input_);  // not stopped: the gateway goes without waiting
    end_incarnation();
    answer_all(CommandOutcome::Status::failed, fmt::format("input {} has ended", name_));
}

void InputRunner::want(std::shared_ptr<const Host::Wanted> wanted) {
    wanted_ = std::move(wanted);
    if (phase_ == Phase::failed) phase_ = Phase::idle;  // asked again, it tries again
    reconcile();
}

bool InputRunner::gone() const {
    if (wanted_) return false;
    return phase_ == Phase::idle || phase_ == Phase::failed || phase_ == Phase::abandoned;
}

/// The one place that decides what happens next.
void InputRunner::reconcile() {
    switch (phase_) {
        case Phase::starting:
        case Phase::updating:
        case Phase::stopping:
        case Phase::failed:
        case Phase::abandoned:
            return;
        case Phase::idle:
            if (wanted_) begin_start();
            return;
        case Phase::running:
            break;
    }
    if (!wanted_ || wanted_->plugin != applied_->plugin || restart_) return begin_stop();
    if (!(wanted_->settings == applied_->settings)) begin_update();
}

void InputRunner::settle(Phase phase) {
    phase_ = phase;
    reconcile();
    if (!between()) around_.settled();
}

bool InputRunner::between() const {
    return phase_ == Phase::starting || phase_ == Phase::updating || phase_ == Phase::stopping;
}

/// An input says that it is up before its start has returned: commands are taken from then on, and
/// wait.
bool InputRunner::takes_commands() const {
    return phase_ == Phase::starting || phase_ == Phase::running || phase_ == Phase::updating;
}

void InputRunner::learn_devices() {
    std::unordered_map<DeviceNumber, KnownDevice> devices;
    for (const InputDevice& device : applied_->settings.devices) {
        const auto before = devices_.find(device.number);
        KnownDevice& known = devices[device.number];
        if (before != devices_.end()) known = before->second;
        known.id = device.id;
        known.points = device.points.size();
    }
    devices_ = std::move(devices);
}

void InputRunner::begin_start() {
    restart_ = false;
    std::string why_not;
    plugin_ = around_.plugin(wanted_->plugin, why_not);
    if (plugin_ == nullptr) return fail(why_not);

    phase_ = Phase::starting;
    applied_ = wanted_;
    origin_ = ++around_.last_origin;
    devices_.clear();
    state_.reset();
    learn_devices();
    around_.by_origin[origin_] = this;
    counters_ = plugin_->border().admit(origin_, name_);
    tell_state(false, 0, wire::InputState::starting, "", "");

    auto text = std::make_shared<const std::string>(to_json_text(applied_->settings));
    auto checked = std::make_shared<Verdict>();
    auto started = std::make_shared<Started>();
    Call check;
    check.name = "check";
    check.input = name_;
    check.deadline = deps_.deadlines.check;
    check.act = [api = plugin_->library().api, text, checked](fieldway_plugin* plugin) {
        checked->ok =
            api->check(plugin, borrowed(*text), Verdict::take, checked.get()) == FIELDWAY_OK;
    };
    Call start;
    start.name = "start";
    start.input = name_;
    start.deadline = deps_.deadlines.start;
    start.still_wanted = [this, checked] {
        if (!checked->ok) this->started(std::make_shared<Started>(*checked));
        return checked->ok;
    };
    start.act = [api = plugin_->library().api, name = plugin_->library().name, input = name_,
                 origin = origin_, marker = around_.marker, text,
                 started](fieldway_plugin* plugin) {
        if (const Result<> allowed = marker.begin(name, input); !allowed) {
            started->said =
                to_json_text(std::vector<Problem>{{"", allowed.error().sentence(), false}});
            return;
        }
        Verdict* verdict = started.get();
        started->input = api->start(plugin, origin, borrowed(*text), Verdict::take, verdict);
        started->ok = started->input != nullptr;
        marker.end(name, input);
    };
    start.done = [this, started] { this->started(started); };
    // In this order, since an unusable plugin calls back at once.
    PluginRunner& plugin = *plugin_;
    plugin.enqueue(std::move(check));
    plugin.enqueue(std::move(start));
}

void InputRunner::started(const std::shared_ptr<Started>& started) {
    if (!started->ok) {
        const bool overtaken = !wanted_ || !applied_ || !(*wanted_ == *applied_);
        plugin_->border().forget(origin_);
        end_incarnation();
        fail(started->reason());
        if (overtaken) want(std::move(wanted_));
        return;
    }
    input_ = std::exchange(started->input, nullptr);
    settle(Phase::running);
}

void InputRunner::end_incarnation() {
    around_.by_origin.erase(origin_);
    origin_ = 0;
    applied_.reset();
    acceptances_.clear();
}

void InputRunner::fail(const std::string& reason) {
    answer_all(CommandOutcome::Status::failed, fmt::format("input {} failed: {}", name_, reason));
    tell_state(false, 0, wire::InputState::failed, reason, "");
    phase_ = Phase::failed;
    around_.settled();
}

void InputRunner::begin_update() {
    phase_ = Phase::updating;
    auto next = wanted_;
    auto text = std::make_shared<const std::string>(to_json_text(next->settings));
    auto verdict = std::make_shared<Verdict>();
    Call update;
    update.name = "update";
    update.input = name_;
    update.deadline = deps_.deadlines.update;
    update.act = [api = plugin_->library().api, input = input_, text, verdict](fieldway_plugin*) {
        verdict->ok =
            api->update(input, borrowed(*text), Verdict::take, verdict.get()) == FIELDWAY_OK;
    };
    update.done = [this, next, verdict] {
        if (verdict->ok) {
            around_.drain();  // what was read before belongs to the devices of before
            applied_ = next;
            learn_devices();
        } else {
            restart_ = true;
            deps_.log.info(
                "input.restart",
                fmt::format("input {} is restarted to change it: {}", name_, verdict->reason()),
                {{"input", name_}});
        }
        settle(Phase::running);
    };
    plugin_->enqueue(std::move(update));
}

void InputRunner::begin_stop() {
    phase_ = Phase::stopping;
    answer_all(CommandOutcome::Status::failed,
               fmt::format("input {} was stopped before it answered", name_));
    auto keep = std::make_shared<MonotonicTime>();
    auto result = std::make_shared<std::int32_t>(FIELDWAY_ERROR);
    Call stop;
    stop.name = "stop";
    stop.input = name_;
    stop.deadline = deps_.deadlines.stop;
    stop.still_wanted = [this, keep] {
        // The plugin gets less than we wait: one that keeps its deadline and says "not done" is no
        // hang.
        const MonotonicTime now = deps_.clock.monotonic();
        Duration left = deps_.deadlines.stop;
        if (around_.stop_by) left = std::min(left, *around_.stop_by - now);
        *keep = now + left * 3 / 4;
        return true;
    };
    stop.act = [api = plugin_->library().api, input = input_, keep, result](fieldway_plugin*) {
        *result = api->stop(input, keep->time_since_epoch().count());
    };
    stop.done = [this, result] { stopped(*result); };
    plugin_->enqueue(std::move(stop));
}

void InputRunner::stopped(std::int32_t result) {
    fieldway_input* input = std::exchange(input_, nullptr);
    around_.drain();  // what it emitted before its end counts
    plugin_->border().forget(origin_);
    end_incarnation();
    restart_ = false;
    if (result == FIELDWAY_OK) return settle(Phase::idle);

    plugin_->never_destroy();
    keep_pointer_for_ever(input);
    const std::string reason = fmt::format(
        "input {} did not end by its deadline; it is abandoned until the "
        "gateway restarts",
        name_);
    deps_.log.error("input.abandoned", reason, {{"input", name_}});
    tell_state(false, 0, wire::InputState::failed, reason, "");
    settle(Phase::abandoned);
}

void InputRunner::on_abandoned(const PluginRunner& plugin, const std::string& reason) {
    if (plugin_ != &plugin || phase_ == Phase::idle || phase_ == Phase::abandoned) return;
    keep_pointer_for_ever(std::exchange(input_, nullptr));
    around_.drain();
    end_incarnation();
    answer_all(CommandOutcome::Status::failed, reason);
    tell_state(false, 0, wire::InputState::failed, reason, "");
    phase_ = Phase::abandoned;
    around_.settled();
}

boost::json::object InputRunner::figures() const {
    boost::json::object out{{"plugin", wanted_ ? wanted_->plugin : ""},
                            {"state", state_ ? wire::name_of(*state_) : "starting"},
                            {"reason", reason_},
                            {"devices", devices_.size()},
                            {"readings", readings_},
                            {"open_commands", open_.size()},
                            {"foreign", foreign_},
                            {"late_answers", late_answers_},
                            {"acceptances_lost", acceptances_lost_}};
    if (counters_) {
        out["batches"] = counters_->emitted.load();
        out["full"] = counters_->full.load();
        out["unreadable"] = counters_->unreadable.load();
        out["events_lost"] = counters_->events_lost.load();
    }
    return out;
}

}  // namespace fieldway::input
