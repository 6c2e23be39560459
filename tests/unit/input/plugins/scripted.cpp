// A plugin that does what its options say, so that the host meets every kind of behaviour:
//   { "in": "start", "do": "hang" | "throw" | "refuse" | "crash" }  in check, start, update, submit
//   or stop { "emit": 3 }           emits so many batches in start, one reading each, with tokens
//   1, 2, ... { "emit_until_full": true, "device": 9, "point": 4 } { "answers": 2 }        times
//   that each command is answered { "states": ["down", "device up"] }  told after its start
// A `status` command tells what it has seen. A start emits once in the name of the input that was
// stopped before it.
#include <unistd.h>

#include <csignal>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "plugin_api/sdk.h"

namespace fieldway::scripted {
namespace {

namespace json = boost::json;

struct Script {
    std::string in, what;
    std::int64_t emit = 0, answers = 1, device = 0, point = 0;
    bool emit_until_full = false;
    json::array states;

    explicit Script(const json::object& options) {
        const auto text = [&](const char* key) {
            return optional_of<std::string>(options, key).value_or("");
        };
        in = text("in");
        what = text("do");
        emit = optional_of<std::int64_t>(options, "emit").value_or(0);
        answers = optional_of<std::int64_t>(options, "answers").value_or(1);
        device = optional_of<std::int64_t>(options, "device").value_or(0);
        point = optional_of<std::int64_t>(options, "point").value_or(0);
        if (const auto* told = options.if_contains("states")) states = told->as_array();
        emit_until_full = optional_of<bool>(options, "emit_until_full").value_or(false);
    }

    /// True: refuse.
    [[nodiscard]] bool act_in(const char* place) const {
        if (in != place) return false;
        if (what == "hang") {
            for (;;)
                ::pause();
        }
        if (what == "crash") ::kill(::getpid(), SIGKILL);  // no report, no dump
        if (what == "throw") throw std::runtime_error(std::string("thrown in ") + place);
        return what == "refuse";
    }
};

std::vector<wire::DeviceReadings> one_reading(const sdk::Host& host, const Script& script) {
    wire::Reading reading;
    reading.point = static_cast<std::uint32_t>(script.point);
    reading.value = 21.5;
    reading.time = host.now();
    return {{static_cast<std::uint32_t>(script.device), "", {reading}}};
}

class ScriptedInput final : public sdk::Input {
  public:
    ScriptedInput(sdk::Host host, const InputSettings& settings, std::optional<sdk::Host>& stopped)
        : host_(host), script_(settings.options), stopped_(stopped) {
        for (std::int64_t i = 1; i <= script_.emit; ++i) {
            static_cast<void>(
                host_.emit(one_reading(host_, script_), static_cast<std::uint64_t>(i)));
        }
        if (script_.emit_until_full) {
            while (host_.emit(one_reading(host_, script_)))
                ++taken_;
        }
        wire::State up;
        up.state = wire::InputState::up;
        host_.state(up);
        for (const json::value& told : script_.states)
            tell(std::string(told.as_string()));
    }

    /// "down" of the input, "device down" of its first device.
    void tell(const std::string& told) {
        wire::State state;
        state.of_device = told.starts_with("device ");
        state.state = told.ends_with("down")       ? wire::InputState::down
                      : told.ends_with("degraded") ? wire::InputState::degraded
                                                   : wire::InputState::up;
        state.reason = state.state == wire::InputState::up ? "" : "as told";
        host_.state(state);
    }

    Result<> update(const InputSettings& settings) override {
        if (script_.act_in("update")) return Error::stop_device("not in place");
        ++updates_;
        script_ = Script(settings.options);
        return {};
    }

    void submit(const wire::Command& command) override {
        static_cast<void>(script_.act_in("submit"));
        wire::Outcome outcome;
        outcome.number = command.number;
        json::array accepted(accepted_.begin(), accepted_.end());
        outcome.details = json::serialize(json::object{
            {"taken", taken_}, {"updates", updates_}, {"accepted", std::move(accepted)}});
        for (std::int64_t i = 0; i < script_.answers; ++i)
            host_.answer(outcome);
    }

    void accepted(std::uint64_t token, sdk::Acceptance) override { accepted_.push_back(token); }

    bool stop(MonotonicTime) override {
        stopped_ = host_;
        return !script_.act_in("stop");
    }

  private:
    sdk::Host host_;
    Script script_;
    std::optional<sdk::Host>& stopped_;
    std::int64_t taken_ = 0;
    std::int64_t updates_ = 0;
    std::vector<std::uint64_t> accepted_;
};

class ScriptedPlugin final : public sdk::Plugin {
  public:
    static const sdk::PluginInfo& info() {
        static const sdk::PluginInfo the_info = [] {
            sdk::PluginInfo info;
            info.name = PLUGIN_NAME;
            info.version = "1.0";
            info.summary = "Does what its options say.";
            info.tables.input = {option("in", OptionType::text, "where it misbehaves"),
                                 option("do", OptionType::text, "and how")};
            return info;
        }();
        return the_info;
    }
    std::vector<Problem> check(const InputSettings& settings) override {
        if (Script(settings.options).act_in("check")) return {{"/options/do", "is refused", false}};
        return {};
    }
    json::object plan(const InputSettings&) override { return {{"load", 0.25}}; }
    Result<std::unique_ptr<sdk::Input>> start(sdk::Host host,
                                              const InputSettings& settings) override {
        const Script script(settings.options);
        if (stopped_) static_cast<void>(stopped_->emit(one_reading(host, script)));
        if (script.act_in("start")) return Error::stop_device("refused in start");
        return std::unique_ptr<sdk::Input>(
            std::make_unique<ScriptedInput>(host, settings, stopped_));
    }

  private:
    std::optional<sdk::Host> stopped_;  ///< of the input that was stopped last
};

}  // namespace
}  // namespace fieldway::scripted

FIELDWAY_PLUGIN(fieldway::scripted::ScriptedPlugin)
