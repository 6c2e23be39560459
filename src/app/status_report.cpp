#include "app/status_report.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "app/text_table.h"
#include "base/clock.h"
#include "base/json_text.h"
#include "base/value.h"

namespace fieldway::app {

namespace json = boost::json;

namespace {

json::object input_report(const config::InputOptions& input, const StatusSources& sources) {
    json::object report{{"name", input.name}, {"plugin", input.plugin}, {"state", "starting"}};
    if (const auto found = sources.inputs.find(input.name); found != sources.inputs.end()) {
        const InputStatus& status = found->second;
        report["state"] = status.state;
        report["since"] = rfc3339(status.since);
        if (!status.reason.empty()) report["reason"] = status.reason;
        if (!status.details.empty()) report["details"] = status.details;
    }
    if (const json::value* figures = sources.input_figures.if_contains(input.name)) {
        report["figures"] = *figures;
    }
    return report;
}

json::object device_report(const Device& device, const StatusSources& sources) {
    json::object values;
    WallTime newest{};
    for (const auto& [name, reading] : device.mapper.last()) {
        values[name] = reading.bad ? json::value() : json::parse(to_json_text(reading.value));
        newest = std::max(newest, known_wall(reading.time));
    }
    const mapping::MapperFigures figures = device.mapper.figures();
    json::object report{{"id", device.id.text()},         {"input", device.input},
                        {"uplink", device.uplink},        {"state", device.state},
                        {"since", rfc3339(device.since)}, {"values", std::move(values)},
                        {"readings", figures.readings},   {"messages", figures.messages}};
    if (!device.reason.empty()) report["reason"] = device.reason;
    if (newest != unknown_wall) report["newest"] = rfc3339(newest);
    if (device.refused_messages > 0) report["refused_messages"] = device.refused_messages;
    if (figures.undeclared_refused > 0) report["refused_points"] = figures.undeclared_refused;
    json::object commands = sources.commands ? sources.commands(device.id) : json::object();
    if (!commands.empty()) report["commands"] = std::move(commands);
    return report;
}

json::object session_report(const uplink::SessionStatus& session) {
    json::object report{{"device", session.device.text()}, {"uplink", session.uplink},
                        {"state", session.state},          {"since", rfc3339(session.since)},
                        {"published", session.published},  {"acknowledged", session.acknowledged},
                        {"in_flight", session.in_flight}};
    if (!session.reason.empty()) report["reason"] = session.reason;
    const uplink::DownlinkFigures& downlinks = session.downlinks;
    if (downlinks.state.empty()) return report;
    json::object told{{"state", downlinks.state},
                      {"received", downlinks.received},
                      {"dropped", downlinks.dropped},
                      {"foreign", downlinks.foreign}};
    if (!downlinks.reason.empty()) told["reason"] = downlinks.reason;
    report["downlinks"] = std::move(told);
    return report;
}

json::object queue_report(const queue::QueueFigures& figures) {
    const queue::StoreFigures& store = figures.store;
    json::object report{{"records", figures.total.records},
                        {"bytes", figures.total.bytes},
                        {"max_bytes", figures.max_bytes},
                        {"file_bytes", store.file_bytes},
                        {"memory_bytes", figures.memory_bytes},
                        {"max_memory", figures.max_memory},
                        {"memory_alone", figures.memory_alone},
                        {"appended", figures.total.appended},
                        {"released", figures.total.released},
                        {"evicted", figures.total.evicted},
                        {"dead", figures.total.dead},
                        {"dead_letters", store.dead},
                        {"gaps", figures.gaps},
                        {"written_bytes", store.written_bytes},
                        {"durable", !store.degraded}};
    if (store.degraded) report["reason"] = store.reason;
    return report;
}

}  // namespace

json::object status_report(const StatusSources& sources) {
    const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(sources.now.monotonic -
                                                                         sources.started.monotonic);
    json::array inputs;
    for (const auto& input : sources.config.inputs)
        inputs.push_back(input_report(input, sources));
    json::array devices;
    for (const Device& device : sources.devices.all())
        devices.push_back(device_report(device, sources));
    json::array sessions;
    for (const auto& session : sources.sessions)
        sessions.push_back(session_report(session));
    json::object gateway{{"name", sources.config.gateway.name},
                         {"version", FIELDWAY_VERSION},
                         {"started", rfc3339(sources.started.wall)},
                         {"uptime_s", uptime.count()},
                         {"clock", name_of(sources.clock)}};
    if (!sources.clock_reason.empty()) gateway["reason"] = sources.clock_reason;
    return {{"gateway", std::move(gateway)},
            {"inputs", std::move(inputs)},
            {"devices", std::move(devices)},
            {"sessions", std::move(sessions)},
            {"queue", queue_report(sources.queue)}};
}

std::string status_table(const json::object& report) {
    const json::object& gateway = report.at("gateway").as_object();
    const json::object& queue = report.at("queue").as_object();
    std::string out = fmt::format("gateway {}  version {}  up {} s\n", cell_of(gateway, "name"),
                                  cell_of(gateway, "version"), cell_of(gateway, "uptime_s"));
    if (gateway.contains("reason")) out += cell_of(gateway, "reason") + '\n';
    out +=
        "\nINPUTS\n" + table(report.at("inputs").as_array(), {"name", "plugin", "state", "reason"});
    out += "\nDEVICES\n" + table(report.at("devices").as_array(),
                                 {"id", "input", "state", "messages", "newest", "reason"});
    out += "\nSESSIONS\n" +
           table(report.at("sessions").as_array(),
                 {"device", "uplink", "state", "acknowledged", "in_flight", "reason"});
    out += fmt::format(
        "\nQUEUE\n{} messages waiting ({} bytes; files {} of {} bytes, memory {} of {}), {} "
        "delivered, {} evicted, {} dead\n",
        cell_of(queue, "records"), cell_of(queue, "bytes"), cell_of(queue, "file_bytes"),
        cell_of(queue, "max_bytes"), cell_of(queue, "memory_bytes"), cell_of(queue, "max_memory"),
        cell_of(queue, "released"), cell_of(queue, "evicted"), cell_of(queue, "dead"));
    if (queue.contains("reason")) {
        out += fmt::format("NOT DURABLE: {} messages are in memory alone: {}\n",
                           cell_of(queue, "memory_alone"), cell_of(queue, "reason"));
    }
    return out;
}

}  // namespace fieldway::app
