// A host for a plugin's tests: it keeps what an input tells it, and lets a test wait for that
// instead of for time.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "plugin_api/abi.h"
#include "plugin_api/sdk.h"
#include "plugin_api/wire.h"

namespace fieldway::test {

/// Thread: any. `mutex_` guards what was told.
class RecordingPluginHost {
  public:
    struct Told {
        std::vector<std::vector<wire::DeviceReadings>> emitted;
        std::vector<std::uint64_t> tokens;  ///< of each emission
        std::vector<wire::State> states;
        std::vector<wire::Outcome> answers;
        std::vector<std::string> lines;
        bool full = false;  ///< what emit answers; set by the test
    };

    explicit RecordingPluginHost(const Clock& clock) : clock_(clock) {
        host_.size = sizeof host_;
        host_.abi_version = FIELDWAY_ABI_VERSION;
        host_.context = this;
        host_.emit = [](void* context, std::uint64_t, fieldway_bytes bytes, std::uint64_t token) {
            return of(context).emit(wire::decode_readings(view(bytes)).value(), token);
        };
        host_.state = [](void* context, std::uint64_t, fieldway_bytes bytes) {
            of(context).change([&](Told& told) {
                told.states.push_back(wire::decode_state(view(bytes)).value());
            });
        };
        host_.answer = [](void* context, std::uint64_t, fieldway_bytes bytes) {
            of(context).change([&](Told& told) {
                told.answers.push_back(wire::decode_outcome(view(bytes)).value());
            });
        };
        host_.log = [](void* context, std::uint64_t, std::int32_t, fieldway_bytes sentence) {
            of(context).change(
                [&](Told& told) { told.lines.emplace_back(as_text(view(sentence))); });
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

    void set_full(bool full) {
        change([&](Told& told) { told.full = full; });
    }
    [[nodiscard]] Told told() const {
        const std::lock_guard lock(mutex_);
        return told_;
    }
    /// False: half a minute has passed, and it is still not so.
    [[nodiscard]] bool wait_until(const std::function<bool(const Told&)>& so) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return so(told_); });
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
                answer = FIELDWAY_FULL;
                return;
            }
            told.emitted.push_back(std::move(readings));
            told.tokens.push_back(token);
        });
        return answer;
    }
    template <class Change>
    void change(Change change) {
        const std::lock_guard lock(mutex_);
        change(told_);
        changed_.notify_all();
    }

    fieldway_host host_{};
    const Clock& clock_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    Told told_;
};

}  // namespace fieldway::test
