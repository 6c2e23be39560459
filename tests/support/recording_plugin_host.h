// A host for a plugin's tests: it keeps what inputs tell it, and lets a test wait for that instead
// of for time.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/value.h"
#include "plugin_api/abi.h"
#include "plugin_api/sdk.h"
#include "plugin_api/wire.h"

namespace fieldway::test {

/// Longer than anything takes on a busy machine under a sanitizer: a test that meets it has failed.
inline constexpr Duration patience = std::chrono::seconds(60);

/// What inputs told their host so far, each in order.
struct Told {
    std::vector<wire::DeviceReadings> readings;
    std::vector<std::uint64_t> tokens;  ///< those that ask for acceptance
    std::vector<wire::State> states;    ///< of inputs
    std::vector<wire::State> device_states;
    std::vector<wire::Outcome> outcomes;
    std::vector<std::string> sentences;
    bool full = false;         ///< emits are answered FULL; set by the test
    std::size_t refusals = 0;  ///< emits that were

    /// Good or bad readings.
    [[nodiscard]] std::size_t count(bool bad) const {
        std::size_t found = 0;
        for (const auto& batch : readings) {
            for (const auto& reading : batch.readings)
                found += reading.bad == bad ? 1U : 0U;
        }
        return found;
    }
    /// Every integer value.
    [[nodiscard]] std::vector<std::int64_t> numbers() const {
        std::vector<std::int64_t> all;
        for (const auto& batch : readings) {
            for (const auto& reading : batch.readings) {
                if (const auto* number = std::get_if<std::int64_t>(&reading.value))
                    all.push_back(*number);
            }
        }
        return all;
    }
    [[nodiscard]] bool said(std::string_view part) const {
        return std::any_of(sentences.begin(), sentences.end(), [&](const std::string& sentence) {
            return sentence.find(part) != std::string::npos;
        });
    }
    [[nodiscard]] bool is(wire::InputState state) const {
        return !states.empty() && states.back().state == state;
    }
    [[nodiscard]] std::size_t times(wire::InputState state) const {
        return static_cast<std::size_t>(
            std::count_if(states.begin(), states.end(),
                          [&](const wire::State& each) { return each.state == state; }));
    }
};

/// Thread: any. `mutex_` guards what was told.
class RecordingPluginHost {
  public:
    RecordingPluginHost() : RecordingPluginHost(system_) {}
    explicit RecordingPluginHost(const Clock& clock) : clock_(clock) {
        host_.size = sizeof host_;
        host_.abi_version = FIELDWAY_ABI_VERSION;
        host_.context = this;
        host_.emit = [](void* context, std::uint64_t, fieldway_bytes bytes, std::uint64_t token) {
            return of(context).emit(wire::decode_readings(view(bytes)).value(), token);
        };
        host_.state = [](void* context, std::uint64_t, fieldway_bytes bytes) {
            of(context).change([&](Told& told) {
                const wire::State state = wire::decode_state(view(bytes)).value();
                (state.of_device ? told.device_states : told.states).push_back(state);
            });
        };
        host_.answer = [](void* context, std::uint64_t, fieldway_bytes bytes) {
            of(context).change([&](Told& told) {
                told.outcomes.push_back(wire::decode_outcome(view(bytes)).value());
            });
        };
        host_.log = [](void* context, std::uint64_t, std::int32_t, fieldway_bytes sentence) {
            of(context).change(
                [&](Told& told) { told.sentences.emplace_back(as_text(view(sentence))); });
        };
        host_.monotonic_ns = [](void* context) -> std::int64_t {
            return of(context).clock_.monotonic().time_since_epoch().count();
        };
        host_.wall_ms = [](void* context) -> std::int64_t {
            return of(context).clock_.wall().time_since_epoch().count();
        };
    }
    RecordingPluginHost(const RecordingPluginHost&) = delete;
    RecordingPluginHost& operator=(const RecordingPluginHost&) = delete;

    [[nodiscard]] const fieldway_host* abi() const { return &host_; }
    [[nodiscard]] sdk::Host sdk() const { return {&host_, 1}; }

    [[nodiscard]] Told told() const {
        const std::lock_guard lock(mutex_);
        return told_;
    }
    /// Whether `claim`, of a Told, comes true before the test's patience ends.
    template <class Claim>
    [[nodiscard]] bool comes_true(const Claim& claim) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, patience, [&] { return claim(std::as_const(told_)); });
    }
    template <class Change>
    void change(const Change& change) {
        const std::lock_guard lock(mutex_);
        change(told_);
        changed_.notify_all();
    }
    void set_full(bool full) {
        change([&](Told& told) { told.full = full; });
    }
    void forget() {
        change([](Told& told) {
            const bool full = told.full;
            told = Told();
            told.full = full;
        });
    }

  private:
    static RecordingPluginHost& of(void* context) {
        return *static_cast<RecordingPluginHost*>(context);
    }
    static ByteView view(fieldway_bytes bytes) {
        return {static_cast<const std::uint8_t*>(bytes.data), static_cast<std::size_t>(bytes.size)};
    }
    std::int32_t emit(std::vector<wire::DeviceReadings> readings, std::uint64_t token) {
        std::int32_t answer = FIELDWAY_OK;
        change([&](Told& told) {
            if (told.full) {
                ++told.refusals;
                answer = FIELDWAY_FULL;
                return;
            }
            for (wire::DeviceReadings& each : readings)
                told.readings.push_back(std::move(each));
            if (token != 0) told.tokens.push_back(token);
        });
        return answer;
    }

    SystemClock system_;
    const Clock& clock_;
    fieldway_host host_{};
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    Told told_;
};

}  // namespace fieldway::test
