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
#include "modbus/device_plan.h"
#include "modbus/line_cost.h"
#include "modbus/modbus_options.h"
#include "modbus/poll_schedule.h"
#include "modbus/poller.h"
#include "modbus/refusals.h"
#include "modbus/turn_around.h"
#include "modbus/unit_state.h"

namespace fieldway::modbus {

/// What answers to one unit number; several devices may be shown of it.
struct LineUnit {
    std::uint8_t number = 0;
    UnitState state;
    std::string reason;          ///< why it is down
    MonotonicTime not_before{};  ///< a pause, or a late answer may still come
    Duration pause{};            ///< the longest of its devices
    TurnAround turn_around;
    MonotonicTime answered_at{};
    std::size_t probes = 0;  ///< so that each asks for another point
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
    Refusals refusals;
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
    Priority priority = Priority::normal;
    bool piece = false;       ///< of what was refused, and not tried yet
    bool isolated = false;    ///< the piece that is at fault
    unsigned silences = 0;    ///< in a row: no answer, or a damaged one
    unsigned timeouts = 0;    ///< in a row: nothing at all
    unsigned exceptions = 0;  ///< in a row
    MonotonicTime silent_since{};
    MonotonicTime skip_until{};
    std::string reason;           ///< why it is skipped
    MonotonicTime answered_at{};  ///< zero: not since its unit came back
    Duration achieved{};          ///< between answers, smoothed; zero: not known

    [[nodiscard]] Request request() const;
    [[nodiscard]] AddressSpan span() const {
        return {area, address, std::uint32_t{address} + count};
    }
    /// All its points lie at the very same place: it cannot be split.
    [[nodiscard]] bool is_one_place() const;
    void note_answer(MonotonicTime now);
};

/// Thread: the line's own.
class PollTable {
  public:
    PollTable(const LineOptions& line, Random& random);

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
    /// The shortest question whether the unit answers: one of its points, another one each time;
    /// nothing when none is polled.
    std::optional<Request> probe(LineUnit& unit);
    /// A block of the unit that is not `but`, another one each time.
    std::optional<PollSchedule::Id> another_block(LineUnit& unit, PollSchedule::Id but);
    /// Whether any of its points is polled.
    [[nodiscard]] bool is_polled(const LineUnit& unit) const;
    /// Every block of a unit, or of all (nullptr), is due now.
    void bring_forward(const LineUnit* unit, MonotonicTime now);

    // What is learned of a device's answers changes its requests. Ids are not to be used
    // afterwards but by find().

    /// Refused: in two, at the widest gap, both due now. Not of one place.
    void split(PollSchedule::Id id, MonotonicTime now);
    /// A piece of one place was refused: it stays on its own.
    void isolate(PollSchedule::Id id, MonotonicTime now);
    /// What was believed of the block's addresses may be wrong.
    void believe_answer(PollSchedule::Id id, MonotonicTime now);
    /// What was believed of holes and lengths is tried again.
    void doubt(LineDevice& device, MonotonicTime now);
    /// The unit's turn-around is another one than its devices were planned with.
    void replan(const LineUnit& unit, MonotonicTime now);
    [[nodiscard]] const LineCost& cost() const { return cost_; }

  private:
    void add_device(InputKey input, const DeviceOptions& options, MonotonicTime now);
    void remove_device(LineDevice& device);
    void plan(LineDevice& device, MonotonicTime now);
    /// Blocks that stay as they are go on undisturbed; new ones are due at once, or on the grid of
    /// those that had their points.
    void replan(LineDevice& device, MonotonicTime now, bool at_once);
    std::optional<PollSchedule::Id> same_block(const std::vector<PollSchedule::Id>& among,
                                               const DeviceBlock& planned) const;
    /// Once every piece was tried, they are put together around what is at fault.
    void rejoin_when_settled(LineDevice& device, MonotonicTime now);
    [[nodiscard]] ReadCost cost_of(const LineDevice& device) const;
    void add_block(PollBlock block, MonotonicTime first, MonotonicTime grid);
    void remove_block(LineDevice& device, PollSchedule::Id id);
    void settle_units();
    double next_phase();

    std::map<std::pair<InputKey, std::uint32_t>, std::unique_ptr<LineDevice>> devices_;
    std::map<std::uint8_t, std::unique_ptr<LineUnit>> units_;
    LineCost cost_;
    PollSchedule schedule_;
    std::vector<PollBlock> blocks_;  ///< by the schedule's id
    std::uint64_t serials_ = 0;
    double phase_ = 0;
};

}  // namespace fieldway::modbus
