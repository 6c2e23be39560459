#include "modbus/probe/probe_access.h"

#include <utility>

#include <fmt/format.h>

#include "base/value.h"
#include "modbus/command_run.h"
#include "modbus/probe/decodings.h"

namespace fieldway::modbus {
namespace {

namespace json = boost::json;

Error about_unit(const ProbeAccess& access, const std::string& what) {
    return Error::stop_device(fmt::format("unit {}: {}", access.device.unit, what));
}

wire::Command command_for(const ProbeAccess& access, bool writes) {
    wire::Command command;
    command.kind = writes ? wire::CommandKind::write : wire::CommandKind::read;
    for (std::size_t i = 0; i < access.device.points.size(); ++i) {
        wire::PointValue point;
        point.point = access.device.points[i].number;
        if (writes) point.value = access.values[i];
        command.points.push_back(std::move(point));
    }
    return command;
}

/// Of one point, as far as it is known: each is read by a command of its own, so that each has its
/// own reason.
json::object read_one(const ProbeAccess& access, const PointOptions& point, ProbeBus& bus,
                      bool& answered) {
    ProbeAccess one = access;
    one.device.points = {point};
    json::object told{{"name", point.name}};
    Result<CommandRun> run = CommandRun::make(0, one.device, command_for(one, false));
    if (!run) {
        told["error"] = run.error().sentence();
        return told;
    }
    const Request request = run->request();
    const Reply reply = bus.ask(request, access.line.timeout);
    answered = reply.kind == Reply::Kind::answer || reply.kind == Reply::Kind::exception;
    run->done(request, reply, access.line.timeout);
    const wire::Outcome& outcome = run->outcome();
    if (outcome.status == wire::OutcomeStatus::done) {
        const Value& value = outcome.readings.front().value;
        told["value"] = json::parse(to_json_text(value));
        if (std::holds_alternative<float>(value)) told["type"] = "float32";
    } else {
        // The outcome names the point itself.
        told["error"] = outcome.reason.substr(point.name.size() + 2);
    }
    return told;
}

Result<json::object> read_values(const ProbeAccess& access, ProbeBus& bus) {
    json::array values;
    for (const PointOptions& point : access.device.points) {
        bool answered = false;
        values.push_back(read_one(access, point, bus, answered));
        if (answered) continue;
        // Who is silent, or not there, is not asked for all the others too.
        const std::string why(values.back().get_object().at("error").as_string());
        if (values.size() == 1) return about_unit(access, why);
        break;
    }
    return json::object{{"values", std::move(values)}};
}

Result<json::object> write_values(const ProbeAccess& access, ProbeBus& bus) {
    Result<CommandRun> run = CommandRun::make(0, access.device, command_for(access, true));
    if (!run) return run.error();
    for (bool done = false; !done;) {
        const Request request = run->request();
        const Reply reply = bus.ask(request, access.line.timeout);
        done = run->done(request, reply, access.line.timeout);
    }
    const wire::Outcome& outcome = run->outcome();
    if (outcome.status != wire::OutcomeStatus::done) return about_unit(access, outcome.reason);
    json::array values;
    for (std::size_t i = 0; i < access.device.points.size(); ++i) {
        json::object told{{"name", access.device.points[i].name}, {"value", nullptr}};
        for (const wire::Reading& reading : outcome.readings) {
            if (reading.point != access.device.points[i].number) continue;
            told["value"] = json::parse(to_json_text(reading.value));
            if (std::holds_alternative<float>(reading.value)) told["type"] = "float32";
        }
        values.push_back(std::move(told));
    }
    return json::object{{"values", std::move(values)}};
}

/// Fewer registers where the device has no more behind the address: wide types are then left out.
Reply read_registers(const PointOptions& point, const ProbeAccess& access, ProbeBus& bus) {
    Reply reply;
    for (std::uint16_t count = access.count; count > 0;
         count = static_cast<std::uint16_t>(count / 2)) {
        if (point.address + count > 0x10000) continue;
        reply = bus.ask({access.device.unit, read_function_of(point.area), point.address, count},
                        access.line.timeout);
        if (reply.kind != Reply::Kind::exception || is_gateway_exception(reply.exception)) break;
    }
    return reply;
}

Result<json::object> read_decodings(const ProbeAccess& access, ProbeBus& bus) {
    const PointOptions& point = access.device.points.front();
    if (access.device.points.size() != 1 || is_bit_area(point.area) || point.bits) {
        return Error::stop_device(
            "--decodings is about one place of registers: input:12, or holding:12");
    }
    const Reply reply = read_registers(point, access, bus);
    if (reply.kind != Reply::Kind::answer) {
        return about_unit(access, failure_text(reply, access.line.timeout));
    }
    return json::object{{"columns", {"type", "word_order", "byte_order", "registers", "value"}},
                        {"rows", decodings_of(reply.data)},
                        {"about", fmt::format("{}: {}", point.name, to_hex(reply.data))}};
}

}  // namespace

Result<json::object> run_access(const ProbeAccess& access, bool writes, ProbeBus& bus) {
    if (const Result<> opened = bus.open(); !opened) return opened.error();
    if (writes) return write_values(access, bus);
    return access.decodings ? read_decodings(access, bus) : read_values(access, bus);
}

}  // namespace fieldway::modbus
