#include "app/queue_json.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "base/bytes.h"
#include "base/value.h"

namespace fieldway::app {

namespace json = boost::json;

namespace {

json::object files_json(const queue::QueueFigures& figures) {
    json::object lanes;
    for (const Lane lane : all_lanes) {
        lanes[name_of(lane)] = figures.store.lane_file_bytes[static_cast<std::size_t>(lane)];
    }
    json::object files{{"bytes", figures.store.file_bytes},
                       {"segments", figures.store.segments},
                       {"lanes", std::move(lanes)}};
    if (figures.max_bytes > 0) files["max_bytes"] = figures.max_bytes;
    return files;
}

json::object written_json(const queue::StoreFigures& store) {
    return {{"commits", store.commits},
            {"records", store.committed_records},
            {"bytes", store.written_bytes},
            {"failed", store.failed_writes},
            {"rewritten_segments", store.rewritten_segments}};
}

void put_payload(json::object& out, const std::string& payload, Payloads payloads) {
    out["bytes"] = payload.size();
    if (payloads == Payloads::size) return;
    if (is_utf8(payload)) {
        out["payload"] = payload;
    } else {
        out["payload_base64"] = to_base64(as_bytes(payload));
    }
}

std::int64_t age_s(WallTime time, WallTime now) {
    return std::max<std::int64_t>(0, std::chrono::floor<std::chrono::seconds>(now - time).count());
}

}  // namespace

json::object figures_json(const queue::QueueFigures& figures) {
    const queue::StoreFigures& store = figures.store;
    json::object out{
        {"durable", !store.degraded},
        {"records", figures.total.records},
        {"bytes", figures.total.bytes},
        {"memory", {{"bytes", figures.memory_bytes}, {"records_alone", figures.memory_alone}}},
        {"files", files_json(figures)},
        {"counted",
         {{"appended", figures.total.appended},
          {"released", figures.total.released},
          {"evicted", figures.total.evicted},
          {"dead", figures.total.dead}}},
        {"written", written_json(store)},
        {"damage", {{"bad_frames", store.bad_frames}, {"torn_tails", store.torn_tails}}},
        {"dead_letters", {{"records", store.dead}, {"file_bytes", store.dead_file_bytes}}},
        {"gaps", figures.gaps},
        {"duplicates_possible", figures.duplicates_possible}};
    if (store.degraded) out["reason"] = store.reason;
    if (figures.max_memory > 0) out["memory"].as_object()["max_bytes"] = figures.max_memory;
    return out;
}

json::object key_json(const queue::StreamKey& key) {
    return {{"uplink", key.uplink},
            {"device", key.device.text()},
            {"lane", name_of(key.lane)},
            {"drain", name_of(key.drain)}};
}

json::object stream_json(const queue::StreamView& stream) {
    json::object out = key_json(stream.key);
    out["records"] = stream.records;
    out["bytes"] = stream.bytes;
    out["first_sequence"] = stream.first;
    out["last_sequence"] = stream.last;
    if (stream.oldest) out["oldest"] = rfc3339(*stream.oldest);
    return out;
}

json::object record_json(const Record& record, WallTime now, Payloads payloads) {
    const Message& message = record.message;
    json::object out = key_json(queue::stream_key_of(message));
    out["subtopic"] = message.subtopic;
    out["content_type"] = mime_of(message.content_type);
    out["sequence"] = record.sequence;
    const bool known = message.time.settled;
    out["timestamp"] = known ? json::value(rfc3339(message.time.wall)) : json::value();
    out["age_s"] = known ? json::value(age_s(message.time.wall, now)) : json::value();
    put_payload(out, message.payload, payloads);
    return out;
}

json::object dead_letter_json(const queue::DeadLetter& letter, WallTime now, Payloads payloads) {
    json::object out{
        {"number", letter.number}, {"buried", rfc3339(letter.buried)}, {"reason", letter.reason}};
    for (auto& member : record_json(*letter.record, now, payloads))
        out.insert_or_assign(member.key(), member.value());
    return out;
}

}  // namespace fieldway::app
