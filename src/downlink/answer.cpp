#include "downlink/answer.h"

#include <algorithm>
#include <set>

#include "base/bytes.h"
#include "base/json_text.h"
#include "base/value.h"
#include "downlink/command_book.h"
#include "mapping/content.h"

namespace fieldway::downlink {

namespace json = boost::json;

namespace {

std::string shown_bytes(const std::string& bytes) {
    constexpr std::size_t longest = 128;
    if (bytes.size() > longest) return CommandBook::name_of(bytes);
    if (is_utf8(bytes)) return bytes;
    return to_hex(as_bytes(bytes));
}

}  // namespace

std::string shortened(const std::string& reason) {
    constexpr std::size_t longest = 512;
    if (reason.size() <= longest) return as_utf8(reason);
    return as_utf8(reason.substr(0, longest)) + "...";
}

json::object answer_head(const Downlink& downlink, const std::string& id) {
    json::object head{{"subtopic", downlink.subtopic}};
    if (!id.empty()) head["id"] = id;
    if (!downlink.correlation.empty()) head["correlation"] = shown_bytes(downlink.correlation);
    return head;
}

void add_outcome(json::object& answer, const CommandOutcome& outcome,
                 const std::vector<std::string>& written, const mapping::Mapper& mapper,
                 const std::vector<config::PointOptions>& points) {
    const bool done = outcome.status == CommandOutcome::Status::done;
    answer["status"] = done ? "written" : name_of(outcome.status);
    json::object values;
    for (const Reading& reading : outcome.readings) {
        if (reading.bad || reading.point >= points.size()) continue;
        values[points[reading.point].name] = json::parse(to_json_text(mapper.map(reading)));
    }
    if (outcome.status == CommandOutcome::Status::done) {
        json::array unverified;
        for (const std::string& name : written) {
            if (!values.contains(name)) unverified.emplace_back(name);
        }
        answer["verified"] = unverified.empty();
        if (!unverified.empty()) answer["unverified"] = std::move(unverified);
    }
    if (!values.empty()) answer["values"] = std::move(values);
    if (!outcome.reason.empty()) answer["reason"] = shortened(outcome.reason);
    if (json::serialize(answer).size() > most_answer_bytes) {
        answer.erase("values");
        answer.erase("unverified");
    }
}

std::string answer_text(const json::object& answer, const config::DeviceOptions& device,
                        const Timestamp& time) {
    json::object whole;
    mapping::Content content;
    content.timestamp_format = device.timestamp_format;
    content.time = time;
    if (!time.settled && device.timestamp_format != config::TimestampFormat::none)
        whole[device.timestamp_key] = nullptr;
    switch (time.settled ? device.timestamp_format : config::TimestampFormat::none) {
        case config::TimestampFormat::none:
            break;
        case config::TimestampFormat::rfc3339:
            whole[device.timestamp_key] = timestamp_text(content);
            break;
        default:
            whole[device.timestamp_key] = json::parse(timestamp_text(content));
            break;
    }
    for (const auto& member : answer)
        whole[member.key()] = member.value();
    return to_json_text(whole);
}

}  // namespace fieldway::downlink
