#include "app/status_report.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

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
    for (const auto& [name, reading] : device.mapper.last()) {
        values[name] = reading.bad ? json::value() : json::parse(to_json_text(reading.value));
    }
    const mapping::MapperFigures figures = device.mapper.figures();
    json::object report{{"id", device.id.text()},         {"input", device.input},
                        {"uplink", device.uplink},        {"state", device.state},
                        {"since", rfc3339(device.since)}, {"values", std::move(values)},
                        {"readings", figures.readings},   {"messages", figures.messages}};
    if (!device.reason.empty()) report["reason"] = device.reason;
    if (figures.newest_good != unknown_wall) report["newest"] = rfc3339(figures.newest_good);
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

// What an input's plugin may tell of its line in `details` (docs/operations.md) has columns of the
// table, where any does.

const json::value* load_of(const json::object& input) {
    const json::value* details = input.if_contains("details");
    const json::object* told = details == nullptr ? nullptr : details->if_object();
    const json::value* load = told == nullptr ? nullptr : told->if_contains("load");
    return load != nullptr && load->is_number() ? load : nullptr;
}

json::array with_loads(json::array inputs) {
    for (json::value& input : inputs) {
        json::object& row = input.as_object();
        if (const json::value* load = load_of(row)) {
            row["load"] = fmt::format("{:.0f} %", 100 * load->to_number<double>());
        }
    }
    return inputs;
}

std::map<std::string, json::object> pace_of_devices(const json::array& inputs) {
    std::map<std::string, json::object> found;
    for (const json::value& input : inputs) {
        if (load_of(input.as_object()) == nullptr) continue;
        const json::value* devices = input.at("details").as_object().if_contains("devices");
        if (devices == nullptr || !devices->is_array()) continue;
        for (const json::value& device : devices->get_array()) {
            if (device.is_object()) found[cell_of(device.get_object(), "id")] = device.get_object();
        }
    }
    return found;
}

json::array with_pace(json::array devices, const json::array& inputs) {
    const auto pace = pace_of_devices(inputs);
    for (json::value& device : devices) {
        json::object& row = device.as_object();
        const auto told = pace.find(cell_of(row, "id"));
        if (told == pace.end()) continue;
        for (const char* member : {"every_s", "achieved_s"}) {
            if (const json::value* value = told->second.if_contains(member)) row[member] = *value;
        }
    }
    return devices;
}

/// The columns with those of `more` that a row fills, and the reason at the end.
std::vector<std::string> columns_of(const json::array& rows, std::vector<std::string> columns,
                                    const std::vector<std::string>& more) {
    for (const std::string& column : more) {
        const bool any = std::any_of(rows.begin(), rows.end(), [&](const json::value& row) {
            return row.as_object().contains(column);
        });
        if (any) columns.push_back(column);
    }
    columns.emplace_back("reason");
    return columns;
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
    const json::array inputs = with_loads(report.at("inputs").as_array());
    const json::array devices = with_pace(report.at("devices").as_array(), inputs);
    out += "\nINPUTS\n" + table(inputs, columns_of(inputs, {"name", "plugin", "state"}, {"load"}));
    out += "\nDEVICES\n" +
           table(devices, columns_of(devices, {"id", "input", "state", "messages", "newest"},
                                     {"every_s", "achieved_s"}));
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
