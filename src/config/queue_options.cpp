#include "config/queue_options.h"

#include <chrono>
#include <string>

#include "base/quantity_text.h"
#include "config/choice.h"
#include "config/names.h"

namespace fieldway::config {

namespace {

using namespace std::chrono_literals;
using enum OptionType;

constexpr double KiB = 1024;
constexpr double MiB = 1024 * KiB;
constexpr double TiB = 1024 * 1024 * MiB;
// A lane's files are cut into sixteen segments at least, and a segment holds what is written at
// once: with less, a limit would drop most of what waits whenever it is reached.
constexpr double least_files = 16 * MiB;
constexpr Duration longest_age = 24h * 3'650;

constexpr std::array when_full_choices{Choice<WhenFull>{"drop-oldest", WhenFull::drop_oldest},
                                       Choice<WhenFull>{"drop-newest", WhenFull::drop_newest},
                                       Choice<WhenFull>{"thin", WhenFull::thin}};

std::string lane_path(Lane lane, const std::string& key) {
    return "lanes." + std::string(name_of(lane)) + "." + key;
}

Option lane_option(Lane lane) {
    const std::string own =
        lane == Lane::alarm ? "0s when it is not given" : "that of the queue when it is not given";
    return option(std::string(name_of(lane)), group,
                  "limits of the lane " + std::string(name_of(lane)))
        .members({
            option("durability", duration, "how long a message may live in memory alone; " + own)
                .within(0s, 1h),
            option("max_bytes", size,
                   "the most that its files may take; as the queue when it is not given")
                .within(least_files, TiB),
            option("max_age", duration,
                   "how long a message is kept; as the queue when it is not given")
                .within(1min, longest_age),
        });
}

LaneOptions make_lane(const boost::json::object& values, const LaneOptions& otherwise) {
    return {optional_of<Duration>(values, "durability").value_or(otherwise.durability),
            optional_of<std::uint64_t>(values, "max_bytes").value_or(otherwise.max_bytes),
            optional_of<Duration>(values, "max_age").value_or(otherwise.max_age)};
}

void check_lane(const QueueOptions& options, Lane lane, const CheckedMap& checked,
                Diagnostics& diagnostics) {
    const LaneOptions& own = options.lanes[static_cast<std::size_t>(lane)];
    const std::string path = lane_path(lane, "max_bytes");
    if (checked.given(path) && checked.sound(path) && checked.sound("max_bytes") &&
        own.max_bytes > options.max_bytes) {
        diagnostics.error(checked.place(path),
                          "max_bytes of the lane " + std::string(name_of(lane)) + " is " +
                              size_text(own.max_bytes) + "; the whole queue has " +
                              size_text(options.max_bytes) +
                              ": raise queue.max_bytes, or lower the lane's");
    }
}

void check_queue(const QueueOptions& options, const CheckedMap& checked, Diagnostics& diagnostics) {
    for (const Lane lane : all_lanes)
        check_lane(options, lane, checked, diagnostics);
    if (checked.sound("device_max_bytes") && checked.sound("max_bytes") &&
        options.device_max_bytes > options.max_bytes) {
        diagnostics.error(checked.place("device_max_bytes"),
                          "device_max_bytes is " + size_text(options.device_max_bytes) +
                              "; the whole queue has " + size_text(options.max_bytes) +
                              ": raise max_bytes, or lower it (0 is no own limit)");
    }
    if (const std::string why = why_no_subtopic(options.gap_subtopic);
        !why.empty() && checked.sound("gap_subtopic")) {
        diagnostics.error(checked.place("gap_subtopic"), why);
    }
}

}  // namespace

OptionTable queue_table() {
    return {
        option("durability", duration,
               "how long a message may live in memory alone: acknowledged within it, it is never "
               "written; a crash may cost it. The lane alarm has its own, 0s")
            .preset(1s)
            .within(0s, 1h),
        option("max_bytes", size, "the most that files may take, all lanes together")
            .preset(1024 * 1024 * 1024)
            .within(least_files, TiB),
        option("max_age", duration, "how long a message is kept")
            .preset(24h * 30)
            .within(1min, longest_age),
        option("max_memory", size, "how much memory waiting messages may take")
            .preset(32 * 1024 * 1024)
            .within(64 * KiB, TiB / 16),
        option("device_max_bytes", size, "the most that one device may take; 0: no own limit")
            .preset(0)
            .within(0, TiB),
        option("when_full", choice,
               "which message gives way at a limit: the oldest, the new one, or (thin) every "
               "second one of the oldest half")
            .choices(words_of(when_full_choices))
            .preset("drop-oldest"),
        option("backlog_rate", number,
               "messages a second over all devices when a backlog drains; 0: no limit")
            .preset(2000)
            .within(0, 1'000'000)
            .unit("1/s"),
        option("gap_subtopic", text,
               "where a device is told what was lost; \"\": counted and logged alone")
            .preset("gateway/gap")
            .within(0, 256),
        option("dead_letters", size,
               "what files of messages may take that the broker refused for good")
            .preset(16 * 1024 * 1024)
            .within(MiB, TiB),
        option("compress", choice, "what is written to files")
            .choices({"zstd", "none"})
            .preset("zstd"),
        option("lanes", group, "limits of their own for single lanes")
            .members(
                {lane_option(Lane::alarm), lane_option(Lane::telemetry), lane_option(Lane::bulk)}),
    };
}

QueueOptions make_queue(const CheckedMap& checked, Diagnostics& diagnostics) {
    const boost::json::object& values = checked.values;
    QueueOptions options;
    options.max_memory = option_of<std::uint64_t>(values, "max_memory");
    options.when_full = chosen(when_full_choices, values.at("when_full"));
    options.max_bytes = option_of<std::uint64_t>(values, "max_bytes");
    options.device_max_bytes = option_of<std::uint64_t>(values, "device_max_bytes");
    options.backlog_rate = option_of<double>(values, "backlog_rate");
    options.gap_subtopic = option_of<std::string>(values, "gap_subtopic");
    options.dead_letters = option_of<std::uint64_t>(values, "dead_letters");
    options.compress = values.at("compress").as_string() == "zstd";
    const LaneOptions whole{option_of<Duration>(values, "durability"), options.max_bytes,
                            option_of<Duration>(values, "max_age")};
    const boost::json::object& lanes = values.at("lanes").as_object();
    for (const Lane lane : all_lanes) {
        LaneOptions otherwise = whole;
        if (lane == Lane::alarm) otherwise.durability = Duration::zero();
        options.lanes[static_cast<std::size_t>(lane)] =
            make_lane(lanes.at(name_of(lane)).as_object(), otherwise);
    }
    check_queue(options, checked, diagnostics);
    return options;
}

}  // namespace fieldway::config
