#include "modbus/command_run.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

#include "base/quantity_text.h"
#include "modbus/point_value.h"

namespace fieldway::modbus {
namespace {

const PointOptions* find_point(const DeviceOptions& device, const wire::PointValue& wanted) {
    const auto found = std::find_if(
        device.points.begin(), device.points.end(), [&wanted](const PointOptions& point) {
            return wanted.point == wire::undeclared_point ? point.name == wanted.name
                                                          : point.number == wanted.point;
        });
    return found == device.points.end() ? nullptr : &*found;
}

Error refused(const PointOptions& point, std::string_view sentence) {
    return Error::drop_item(fmt::format("{}: {}", point.name, sentence));
}

}  // namespace

std::string failure_text(const Reply& reply, Duration timeout) {
    switch (reply.kind) {
        case Reply::Kind::answer:
            break;
        case Reply::Kind::exception:
            return exception_text(reply.exception);
        case Reply::Kind::timeout:
            return fmt::format("no answer in {}", fieldway::to_text(timeout));
        case Reply::Kind::bad_answer:
        case Reply::Kind::lost:
            return reply.reason;
    }
    return {};
}

Result<CommandRun> CommandRun::make(InputKey input, const DeviceOptions& device,
                                    const wire::Command& command) {
    if (command.kind != wire::CommandKind::read && command.kind != wire::CommandKind::write) {
        return Error::drop_item(
            "a Modbus device can be read and written; scan and status are not "
            "supported");
    }
    CommandRun run;
    run.input_ = input;
    run.unit_ = device.unit;
    run.expires_ = command.expires;
    run.writes_ = command.kind == wire::CommandKind::write;
    run.outcome_.number = command.number;
    for (const wire::PointValue& wanted : command.points) {
        const PointOptions* point = find_point(device, wanted);
        if (point == nullptr) {
            return Error::drop_item(
                fmt::format("the device has no point {}",
                            wanted.name.empty() ? std::to_string(wanted.point) : wanted.name));
        }
        if (!run.writes_) {
            run.items_.push_back({*point, 0});
            continue;
        }
        const Result<> added = run.add_write(*point, wanted.value);
        if (!added) return added.error();
    }
    if (run.items_.empty() && !run.writes_) {
        for (const PointOptions& point : device.points)
            run.items_.push_back({point, 0});
    }
    if (run.items_.empty()) return Error::drop_item("the command names no point");
    return run;
}

Result<> CommandRun::add_write(const PointOptions& point, const Value& value) {
    if (!point.writable) return refused(point, "not writable: the point lacks writable: true");
    if (point.area != Area::holding) {
        return refused(point, fmt::format("a {} cannot be written yet: only one holding register "
                                          "(function code 6) is possible so far",
                                          name_of(point.area)));
    }
    const Result<std::uint16_t> raw = encode_single(point.layout, value);
    if (!raw) return refused(point, raw.error().sentence());
    items_.push_back({point, *raw});
    return {};
}

Request CommandRun::request() {
    begun_ = true;
    const Item& item = items_[at_];
    if (!writes_ || reading_back_) return request_for(item.point, unit_);
    return {unit_, Function::write_single_register, item.point.address, 1, item.raw};
}

bool CommandRun::done(const Request& request, const Reply& reply, Duration timeout) {
    const std::string failure = failure_text(reply, timeout);
    return writes_ && !reading_back_ ? write_done(reply, failure)
                                     : read_done(request, reply, failure);
}

bool CommandRun::write_done(const Reply& reply, const std::string& failure) {
    const Item& item = items_[at_];
    const bool answered = reply.kind == Reply::Kind::answer;
    const bool unheard = reply.kind == Reply::Kind::timeout && item.point.verify == Verify::none;
    if (!answered && !unheard) {
        end(wire::OutcomeStatus::failed, fmt::format("{}: {}", item.point.name, failure));
        return true;
    }
    if (answered) {
        const auto echoed = BigEndianReader(reply.data).number<std::uint16_t>();
        if (echoed != item.raw) {
            end(wire::OutcomeStatus::failed,
                fmt::format("{}: the device confirmed {} instead of {}", item.point.name, echoed,
                            item.raw));
            return true;
        }
    }
    reading_back_ = item.point.verify == Verify::read_back;
    return !reading_back_ && next_item();
}

bool CommandRun::read_done(const Request& request, const Reply& reply, const std::string& failure) {
    const Item& item = items_[at_];
    wire::Reading reading;
    reading.point = item.point.number;
    reading.time = reply.time;
    std::string problem = failure;
    if (reply.kind == Reply::Kind::answer) {
        const Result<Value> value = value_of(item.point, request, reply.data);
        if (value) {
            reading.value = *value;
        } else {
            problem = value.error().sentence();
        }
        const auto raw = BigEndianReader(reply.data).number<std::uint16_t>();
        if (reading_back_ && raw != item.raw) {
            problem = fmt::format("{} was written, {} is read back", item.raw, raw);
        }
    } else if (reading_back_) {
        problem = "written, but reading it back failed: " + failure;
    }
    reading.bad = !has_value(reading.value) && !problem.empty();
    outcome_.readings.push_back(std::move(reading));
    reading_back_ = false;
    if (!problem.empty()) {
        end(wire::OutcomeStatus::failed, fmt::format("{}: {}", item.point.name, problem));
        // The other points of a read may be fine, unless nothing answers; what is written stops at
        // the first failure.
        if (writes_ ||
            (reply.kind != Reply::Kind::answer && reply.kind != Reply::Kind::exception)) {
            return true;
        }
    }
    return next_item();
}

bool CommandRun::next_item() {
    return ++at_ == items_.size();
}

void CommandRun::end(wire::OutcomeStatus status, std::string reason) {
    outcome_.status = status;
    if (outcome_.reason.empty()) outcome_.reason = std::move(reason);
}

}  // namespace fieldway::modbus
