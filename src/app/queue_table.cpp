#include "app/queue_table.h"

#include <cstdint>

#include <fmt/format.h>

#include "app/text_table.h"
#include "base/clock.h"
#include "base/quantity_text.h"

namespace fieldway::app {

namespace json = boost::json;

namespace {

std::uint64_t count_of(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value == nullptr ? 0 : value->to_number<std::uint64_t>();
}

std::string size_of(const json::object& object, std::string_view key) {
    return rough_size_text(count_of(object, key));
}

/// `12.3KiB of 32MiB`; the limits are not known where no gateway runs.
std::string of_limit(const json::object& object) {
    const json::value* limit = object.if_contains("max_bytes");
    return size_of(object, "bytes") +
           (limit == nullptr ? "" : " of " + rough_size_text(limit->to_number<std::uint64_t>()));
}

std::string whole(const json::object& stats) {
    const json::object& memory = stats.at("memory").as_object();
    const json::object& files = stats.at("files").as_object();
    const json::object& counted = stats.at("counted").as_object();
    const json::object& written = stats.at("written").as_object();
    const json::object& damage = stats.at("damage").as_object();
    const json::object& dead = stats.at("dead_letters").as_object();
    std::string out = "QUEUE\n";
    const auto line = [&](std::string_view name, const std::string& text) {
        out += fmt::format("{:<14}{}\n", name, text);
    };
    line("state", stats.at("durable").as_bool()
                      ? "durable"
                      : "DEGRADED, in memory alone: " + cell_of(stats, "reason"));
    line("waiting",
         fmt::format("{} messages, {}", count_of(stats, "records"), size_of(stats, "bytes")));
    line("memory", fmt::format("{}; {} messages are there alone", of_limit(memory),
                               count_of(memory, "records_alone")));
    line("files", fmt::format("{} in {} segments", of_limit(files), count_of(files, "segments")));
    line("written", fmt::format("{} in {} commits, {} messages; {} failed, {} segments rewritten",
                                size_of(written, "bytes"), count_of(written, "commits"),
                                count_of(written, "records"), count_of(written, "failed"),
                                count_of(written, "rewritten_segments")));
    line("counted", fmt::format("{} taken, {} delivered, {} evicted, {} dead",
                                count_of(counted, "appended"), count_of(counted, "released"),
                                count_of(counted, "evicted"), count_of(counted, "dead")));
    line("damage", fmt::format("{} bad frames, {} torn tails", count_of(damage, "bad_frames"),
                               count_of(damage, "torn_tails")));
    line("dead letters",
         fmt::format("{}, {}", count_of(dead, "records"), size_of(dead, "file_bytes")));
    line("gaps", fmt::format("{} not told yet", count_of(stats, "gaps")));
    line("duplicates",
         fmt::format("{} possible after a crash now", count_of(stats, "duplicates_possible")));
    return out;
}

/// With sizes as people read them; a stream's oldest as it is.
json::array readable(const json::array& rows) {
    json::array out;
    for (const json::value& row : rows) {
        json::object readable = row.as_object();
        readable["size"] = size_of(readable, "bytes");
        if (readable.contains("file_bytes")) readable["files"] = size_of(readable, "file_bytes");
        out.push_back(std::move(readable));
    }
    return out;
}

std::string age_of(const json::object& record) {
    if (record.at("age_s").is_null()) return "-";
    return rough_text(std::chrono::seconds(count_of(record, "age_s")));
}

std::string or_dash(const std::string& text) {
    return text.empty() ? "-" : text;
}

}  // namespace

std::string queue_table(const json::object& stats) {
    const json::array streams = readable(stats.at("streams").as_array());
    std::string out = whole(stats);
    out += "\nLANES\n" +
           table(readable(stats.at("lanes").as_array()), {"lane", "records", "size", "files"});
    if (!streams.empty()) {
        out += "\nSTREAMS\n" + table(streams, {"device", "uplink", "lane", "drain", "records",
                                               "size", "first_sequence", "oldest"});
    }
    return out;
}

std::string record_heading() {
    return fmt::format("{:>12}  {:<24}  {:>5}  {:<24}  {:<9}  {:>9}  {}\n", "sequence", "time",
                       "age", "device", "lane", "bytes", "subtopic");
}

std::string record_line(const json::object& record) {
    return fmt::format("{:>12}  {:<24}  {:>5}  {:<24}  {:<9}  {:>9}  {}\n",
                       count_of(record, "sequence"), cell_of(record, "timestamp"), age_of(record),
                       cell_of(record, "device"), cell_of(record, "lane"),
                       count_of(record, "bytes"), or_dash(cell_of(record, "subtopic")));
}

std::string letter_heading() {
    return fmt::format("{:>8}  {:<24}  {:<24}  {:>9}  {:<20}  {}\n", "number", "buried", "device",
                       "bytes", "subtopic", "reason");
}

std::string letter_line(const json::object& letter) {
    return fmt::format("{:>8}  {:<24}  {:<24}  {:>9}  {:<20}  {}\n", count_of(letter, "number"),
                       cell_of(letter, "buried"), cell_of(letter, "device"),
                       count_of(letter, "bytes"), or_dash(cell_of(letter, "subtopic")),
                       cell_of(letter, "reason"));
}

}  // namespace fieldway::app
