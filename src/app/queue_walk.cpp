#include "app/queue_walk.h"

#include <utility>
#include <vector>

#include "base/nearest_name.h"
#include "flow/message.h"

namespace fieldway::app {

namespace json = boost::json;

namespace {

bool fits(const json::object& stream, std::string_view key, const std::string& wanted) {
    return wanted.empty() || stream.at(key).as_string() == wanted;
}

std::string why_none(const WantedStreams& streams, const QueueFilter& filter) {
    std::string remark = "nothing of that kind waits";
    const auto hint = [&](const std::string& word, const std::set<std::string>& known) {
        if (word.empty() || known.contains(word)) return;
        const std::string nearest =
            nearest_name(word, std::vector<std::string>(known.begin(), known.end()));
        if (!nearest.empty()) remark += "; did you mean " + nearest + "?";
    };
    hint(filter.device, streams.devices);
    hint(filter.uplink, streams.uplinks);
    return remark;
}

json::array lanes_of(const json::object& figures, const json::array& streams) {
    json::array lanes;
    for (const Lane lane : all_lanes) {
        std::uint64_t records = 0;
        std::uint64_t bytes = 0;
        for (const json::value& stream : streams) {
            if (!fits(stream.as_object(), "lane", std::string(name_of(lane)))) continue;
            records += stream.at("records").to_number<std::uint64_t>();
            bytes += stream.at("bytes").to_number<std::uint64_t>();
        }
        lanes.push_back({{"lane", name_of(lane)},
                         {"records", records},
                         {"bytes", bytes},
                         {"file_bytes", figures.at("files").at("lanes").at(name_of(lane))}});
    }
    return lanes;
}

}  // namespace

Result<> walk_pages(QueueSource& source, json::object request, std::string_view list,
                    const EachElement& each) {
    for (;;) {
        auto page = source.ask(request);
        if (!page) return page.error();
        for (json::value& element : page->at(list).as_array()) {
            if (!each(element.as_object())) return {};
        }
        const json::value* next = page->as_object().if_contains("next");
        if (next == nullptr) return {};
        request["after"] = *next;
    }
}

Result<WantedStreams> streams_of(QueueSource& source, const QueueFilter& filter) {
    WantedStreams streams;
    auto walked =
        walk_pages(source, {{"ask", "streams"}}, "streams", [&](const json::object& stream) {
            streams.devices.emplace(stream.at("device").as_string());
            streams.uplinks.emplace(stream.at("uplink").as_string());
            if (fits(stream, "device", filter.device) && fits(stream, "uplink", filter.uplink) &&
                fits(stream, "lane", filter.lane)) {
                streams.wanted.push_back(stream);
            }
            return true;
        });
    if (!walked) return walked.error();
    return streams;
}

Result<Walked> each_record(QueueSource& source, const QueueFilter& filter, bool payloads,
                           const EachElement& each) {
    const auto streams = streams_of(source, filter);
    if (!streams) return streams.error();
    Walked all;
    if (streams->wanted.empty()) all.remark = why_none(*streams, filter);
    bool more = true;
    for (const json::value& stream : streams->wanted) {
        json::object request{{"ask", "records"}, {"payloads", payloads}};
        for (const char* key : {"uplink", "device", "lane", "drain"})
            request[key] = stream.at(key);
        const auto last = stream.at("last_sequence").to_number<std::uint64_t>();
        auto walked = walk_pages(source, std::move(request), "records", [&](json::object& record) {
            const auto sequence = record.at("sequence").to_number<std::uint64_t>();
            if (sequence > last) return false;
            more = each(record) && (++all.records != filter.most || filter.most == 0);
            return more && sequence < last;
        });
        if (!walked) return walked.error();
        if (!more) break;
    }
    return all;
}

Result<json::object> queue_stats(QueueSource& source) {
    const auto figures = source.ask({{"ask", "figures"}});
    if (!figures) return figures.error();
    auto streams = streams_of(source, {});
    if (!streams) return streams.error();
    json::object all = figures->as_object();
    all["lanes"] = lanes_of(all, streams->wanted);
    all["streams"] = std::move(streams->wanted);
    return all;
}

}  // namespace fieldway::app
