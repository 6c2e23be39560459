// The devices of every input on a line, the requests that read their points, and when each is due.
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/backoff.h"
#include "base/clock.h"
#include "modbus/bus.h"
#include "modbus/modbus_options.h"
#include "modbus/poll_schedule.h"
#include "modbus/poller.h"
#include "modbus/unit_state.h"

namespace fieldway::modbus {

/// What answers to one unit number; several devices may be shown of it.
struct LineUnit {
    std::uint8_t number = 0;
    UnitState state;
    std::string reason;          ///< why it is down
    MonotonicTime not_before{};  ///< a pause, or a late answer may still come
    Duration pause{};            ///< the longest of its devices
    std::size_t probes = 0;      ///< so that each asks for another block
    bool told_beyond_window = false;
};

struct LineDevice {
    InputKey input = 0;
    DeviceOptions options;
    LineUnit* unit = nullptr;
    std::vector<PollSchedule::Id> blocks;
    std::vector<bool> failing;  ///< by place of the point
    std::size_t failing_count = 0;
    std::optional<wire::InputState> told;  ///< the state that the gateway knows
    std::optional<MonotonicTime>
        replan_at;  ///< since a block was split: when to try it whole again
};

/// One request that is asked again and again.
struct PollBlock {
    LineDevice* device = nullptr;
    std::uint64_t serial = 0;  ///< never given twice, unlike the place in the schedule
    Area area = Area::holding;
    std::uint16_t address = 0;
    std::uint16_t count = 0;
    std::vector<std::size_t> points;  ///< places in options.points
    Duration every{};
    unsigned silences = 0;    ///< in a row
    unsigned exceptions = 0;  ///< in a row
    MonotonicTime skip_until{};
    std::string reason;  ///< why it is skipped

    [[nodiscard]] Request request() const;
};

/// Thread: the line's own.
class PollTable {
  public:
    /// How long a device is read in the pieces that an exception left before its plan is tried
    /// whole again.
    static constexpr Duration wait_before_replan = std::chrono::minutes(10);

    explicit PollTable(Random& random);

    /// The difference to what the input had: devices that are equal go on undisturbed.
    void apply(InputKey input, const std::vector<DeviceOptions>& devices, MonotonicTime now);
    void remove(InputKey input);

    [[nodiscard]] LineDevice* device(InputKey input, std::uint32_t number);
    [[nodiscard]] LineUnit* unit(std::uint8_t number);
    template <class Action>
    void each_device(const Action& action) {
        for (auto& entry : devices_)
            action(*entry.second);
    }
    template <class Action>
    void each_unit(const Action& action) {
        for (auto& entry : units_)
            action(*entry.second);
    }

    PollSchedule& schedule() { return schedule_; }
    PollBlock& block(PollSchedule::Id id) { return blocks_[id]; }
    /// The block that was given as (id, serial), unless it is gone by now.
    PollBlock* find(PollSchedule::Id id, std::uint64_t serial);
    /// A block of the unit to see whether it answers, another one each time and not `but`; nothing
    /// when there is none.
    std::optional<PollSchedule::Id> probe(LineUnit& unit,
                                          std::optional<PollSchedule::Id> but = std::nullopt);
    /// Whether any of its points is polled.
    [[nodiscard]] bool is_polled(const LineUnit& unit) const;
    /// Every block of a unit, or of all (nullptr), is due now.
    void bring_forward(const LineUnit* unit, MonotonicTime now);

    /// In two, at the widest gap, both due now. Only for blocks of several points.
    void split(PollSchedule::Id id, MonotonicTime now);
    /// The device's blocks as they were before any split, due now.
    void replan(LineDevice& device, MonotonicTime now);

  private:
    void add_device(InputKey input, const DeviceOptions& options, MonotonicTime now);
    void remove_device(LineDevice& device);
    void plan(LineDevice& device, MonotonicTime now,
              const std::map<Duration, MonotonicTime>& grids);
    void add_block(PollBlock block, MonotonicTime first, MonotonicTime grid);
    void settle_units();
    double next_phase();

    std::map<std::pair<InputKey, std::uint32_t>, std::unique_ptr<LineDevice>> devices_;
    std::map<std::uint8_t, std::unique_ptr<LineUnit>> units_;
    PollSchedule schedule_;
    std::vector<PollBlock> blocks_;  ///< by the schedule's id
    std::uint64_t serials_ = 0;
    double phase_ = 0;
};

}  // namespace fieldway::modbus
