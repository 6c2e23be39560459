// Readings in, messages out, time as an argument. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "config/gateway_config.h"
#include "flow/message.h"
#include "flow/reading.h"

namespace fieldway::mapping {

struct MapperFigures {
    std::uint64_t readings = 0;
    std::uint64_t messages = 0;
    std::uint64_t undeclared_refused =
        0;                        ///< readings of points over the limit, or that cannot be taken
    std::uint64_t held_back = 0;  ///< interval messages of readings that were sent 100 times before
    WallTime newest_good = unknown_wall;  ///< of the readings that were not bad
};

/// One device's mapping. Thread: core.
class Mapper {
  public:
    /// The largest number of points a device may have beside the declared ones (docs: exec).
    static constexpr std::size_t most_undeclared = 1'000;

    /// An error when an expression does not parse; check() of the configuration has said so before.
    static Result<Mapper> make(const config::DeviceOptions& options);

    Mapper(Mapper&&) noexcept;
    Mapper& operator=(Mapper&&) noexcept;
    ~Mapper();

    /// Takes readings of this device; gives the messages that they complete.
    std::vector<Message> take(const Readings& readings);

    /// Gives the messages whose interval ended at or before `now`. The first call begins the
    /// intervals.
    std::vector<Message> due(const Timestamp& now);
    /// At the end: what messages are still gathering (rows of a CSV), as it is.
    std::vector<Message> rest();
    /// When due() has something to do next; nothing when no message has an interval. Ask again
    /// after each call of take() and due(): when the wall clock was stepped the answer is at once.
    [[nodiscard]] std::optional<MonotonicTime> next_due(const Timestamp& now) const;

    /// The last mapped value of each point that has one, for `status` and `watch`: as JSON text by
    /// name.
    [[nodiscard]] std::vector<std::pair<std::string, Reading>> last() const;

    /// A value as people write it, to the raw value that the device takes: scale and offset undone,
    /// enum names turned back, range and type checked. Refused with the reason when the point is
    /// not writable.
    [[nodiscard]] Result<PointNumber> point_of(std::string_view name) const;
    [[nodiscard]] Result<Value> to_raw(PointNumber point, const Value& value) const;
    /// The mapped value of one raw reading, without changing anything: what `read` shows.
    [[nodiscard]] Value map(const Reading& reading) const;

    [[nodiscard]] MapperFigures figures() const;

  private:
    struct State;
    explicit Mapper(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// Whether an expression can be used: parses, has only `value`, at most 256 bytes. Used by check.
Result<> check_expression(std::string_view expression);

/// Whether an expression that can be used can be undone, which a writable point without
/// write_expression needs: it is a straight line.
Result<> check_inverse(std::string_view expression);

/// Whether the payload fits its uplink's limits.message_bytes: what is asked of every message
/// before the queue gets it.
Result<> check_payload(const Message& message, std::uint64_t most_bytes);

}  // namespace fieldway::mapping
