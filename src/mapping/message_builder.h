// One configured message of a device: when it leaves and what it says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/gateway_config.h"
#include "flow/message.h"
#include "mapping/aligned_timer.h"
#include "mapping/content.h"
#include "mapping/encoder.h"
#include "mapping/point_table.h"
#include "mapping/row_gatherer.h"

namespace fieldway::mapping {

/// The last time that was given out, of each subtopic: no two messages of one have the same.
class UniqueTimes {
  public:
    static constexpr std::chrono::milliseconds most_bump{100};

    /// The time, moved on by at most `most_bump` past the last one. Further than that, a new
    /// reading has the time that it has (the wall clock was set back), and a reading that was sent
    /// before has none.
    std::optional<Timestamp> take(const std::string& subtopic, const Timestamp& time);
    /// Whether no message of the subtopic has said a reading of this time or a later one.
    [[nodiscard]] bool is_new(const std::string& subtopic, MonotonicTime reading) const;

  private:
    struct Last {
        MonotonicTime reading{};
        WallTime given{};
    };
    std::map<std::string, Last> last_;
};

/// With each poll: leaves when each of its polled points was read, or marked bad, since it last
/// left; and with every batch that brings a point which nobody polls or declared. It says what was
/// read since it last left. At an interval: leaves at its aligned end and says the last value of
/// each of its points; no value for one that is stale (older than two of its own intervals and
/// `late_allowance`; for a point that is not polled, of the larger of the device's and the
/// message's). The first one waits until every point was read or marked bad, but for one whole
/// interval at most. With rows (csv.sample) the same holds for each row at its own interval; they
/// are gathered, and leave together at the message's. Thread: core.
class MessageBuilder {
  public:
    /// Time that an answer may take beyond its interval: a device's timeout is the input's to know.
    static constexpr Duration late_allowance = std::chrono::seconds(1);

    MessageBuilder(const config::DeviceOptions& device, const config::MessageOptions& options,
                   PointTable& points);

    [[nodiscard]] bool at_interval() const { return timer_.has_value(); }

    /// Whether another reading of the point would overwrite one that it has not sent.
    [[nodiscard]] bool would_lose(std::size_t slot, const PointTable& points) const;

    /// After readings were put: the message, if they complete it.
    std::optional<Message> polled(const PointTable& points, UniqueTimes& times);
    /// Adds the message, if its interval ended; rows that filled one add it before.
    void due(const PointTable& points, UniqueTimes& times, const Timestamp& now,
             std::vector<Message>& out);
    [[nodiscard]] MonotonicTime next_due(const Timestamp& now) const;
    /// What is gathered for the next message, as it is: nothing is gathered any more.
    std::optional<Message> rest();
    /// Same readings sent so often that no unique time was left (UniqueTimes).
    [[nodiscard]] std::uint64_t held_back() const { return held_back_; }

  private:
    /// A point in the message that is being made.
    struct Part {
        const PointSlot* slot;
        bool bad;
    };
    /// What a message or a row says, and of when it is.
    struct Said {
        Content content;
        Timestamp time;
        bool waits = true;  ///< for a settled clock, where its time is not known
    };
    using Lacks = std::vector<TimePlace>;

    [[nodiscard]] std::vector<const PointSlot*> members(const PointTable& points) const;
    [[nodiscard]] bool silent(const PointSlot& slot, MonotonicTime now) const;
    [[nodiscard]] bool stale(const PointSlot& slot, MonotonicTime now) const;
    [[nodiscard]] bool goes_when_bad(bool any_good);
    std::vector<Part> last_values(const PointTable& points, const AlignedTimer& timer,
                                  MonotonicTime now);
    std::optional<Said> say(const std::vector<Part>& parts, UniqueTimes& times,
                            const Timestamp& otherwise);
    std::optional<Message> message_of(std::optional<Said> said) const;
    [[nodiscard]] Message message_of(std::string payload, Lacks lacks, const Timestamp& time) const;

    // Of the device; copies, so that a mapper moves freely.
    std::string uplink_;
    DeviceId device_;
    Duration device_every_;
    config::WhenBad when_bad_;
    std::string timestamp_key_;
    config::TimestampFormat timestamp_format_;

    config::MessageOptions options_;
    std::vector<std::size_t> slots_;  ///< empty: all
    Encoder encoder_;
    std::optional<AlignedTimer> timer_;
    std::optional<RowGatherer> rows_;             ///< only of a CSV message with a sample interval
    std::optional<MonotonicTime> first_reading_;  ///< of any of its points
    std::uint64_t left_at_ = 0;                   ///< number of the last reading when it last left
    bool told_bad_ = false;                       ///< nulls were sent, and nothing good since
    bool waits_for_clock_ = false;                ///< what was read and said last waits for it
    bool begun_ = false;                          ///< the first interval's wait is over
    std::uint64_t held_back_ = 0;
};

}  // namespace fieldway::mapping
