// A gateway that remembers what an input tells it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "plugin_api/sdk.h"

namespace fieldway::modbus::test {

/// Thread: any.
class RecordingHost {
  public:
    RecordingHost() {
        host_.size = sizeof(host_);
        host_.abi_version = FIELDWAY_ABI_VERSION;
        host_.context = this;
        host_.emit = [](void* self, std::uint64_t, fieldway_bytes bytes, std::uint64_t) {
            return static_cast<RecordingHost*>(self)->take(bytes);
        };
        host_.state = [](void* self, std::uint64_t, fieldway_bytes bytes) {
            static_cast<RecordingHost*>(self)->keep(
                [&](auto& me) { me.states_.push_back(wire::decode_state(view(bytes)).value()); });
        };
        host_.answer = [](void* self, std::uint64_t, fieldway_bytes bytes) {
            static_cast<RecordingHost*>(self)->keep([&](auto& me) {
                me.outcomes_.push_back(wire::decode_outcome(view(bytes)).value());
            });
        };
        host_.log = [](void*, std::uint64_t, std::int32_t, fieldway_bytes) {};
        host_.monotonic_ns = [](void*) {
            return std::int64_t{SystemClock().monotonic().time_since_epoch().count()};
        };
        host_.wall_ms = [](void*) {
            return std::int64_t{SystemClock().wall().time_since_epoch().count()};
        };
    }

    [[nodiscard]] sdk::Host face() const { return {&host_, 1}; }
    /// While set, readings are not taken.
    void refuse(bool full) {
        keep([full](auto& me) { me.full_ = full; });
    }

    /// Waits until the claim holds about what was told; false after 20 s.
    template <class Claim>
    bool until(const Claim& claim) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return claim(*this); });
    }
    // Only within until().
    std::vector<wire::DeviceReadings> readings_;
    std::vector<wire::State> states_;
    std::vector<wire::Outcome> outcomes_;
    std::size_t refused_ = 0;

    /// Good and bad readings so far; within until().
    [[nodiscard]] std::size_t count(bool bad) const {
        std::size_t found = 0;
        for (const auto& batch : readings_) {
            for (const auto& reading : batch.readings)
                found += reading.bad == bad;
        }
        return found;
    }

  private:
    static ByteView view(fieldway_bytes bytes) {
        return {static_cast<const std::uint8_t*>(bytes.data), bytes.size};
    }
    template <class Action>
    void keep(const Action& action) {
        {
            const std::lock_guard lock(mutex_);
            action(*this);
        }
        changed_.notify_all();
    }
    std::int32_t take(fieldway_bytes bytes) {
        std::int32_t result = FIELDWAY_OK;
        keep([&](RecordingHost& me) {
            if (me.full_) {
                ++me.refused_;
                result = FIELDWAY_FULL;
                return;
            }
            for (auto& batch : wire::decode_readings(view(bytes)).value()) {
                me.readings_.push_back(std::move(batch));
            }
        });
        return result;
    }

    fieldway_host host_{};
    std::mutex mutex_;  // guards everything above but host_
    std::condition_variable changed_;
    bool full_ = false;
};

}  // namespace fieldway::modbus::test
