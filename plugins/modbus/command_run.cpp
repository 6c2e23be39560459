#include "modbus/command_run.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/json_text.h"
#include "base/quantity_text.h"
#include "modbus/pdu.h"
#include "modbus/point_value.h"
#include "modbus/probe/raw_request.h"

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

/// Objects of a device identification by number (clause 6.21).
std::string name_of_object(std::uint8_t number) {
    constexpr std::array names{"vendor",       "product_code", "revision",        "vendor_url",
                               "product_name", "model_name",   "application_name"};
    return number < names.size() ? names[number] : fmt::format("object_{}", number);
}

constexpr std::uint16_t basic_identification = 1;

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
    if (command.kind == wire::CommandKind::scan) {
        return Error::drop_item("one device cannot be scanned: scan its bus");
    }
    CommandRun run;
    run.input_ = input;
    run.unit_ = device.unit;
    run.expires_ = command.expires;
    run.outcome_.number = command.number;
    if (command.kind == wire::CommandKind::status) {
        run.phase_ = Phase::identifying;
        return run;
    }
    if (Result<> taken = run.take_points(device, command); !taken) return taken.error();
    if (run.reads_.empty() && !run.writes()) {
        return Error::drop_item("the command names no point");
    }
    return run;
}

Result<CommandRun> CommandRun::make_raw(InputKey input, const wire::Command& command) {
    Result<Request> request = raw_request_from(command.arguments);
    if (!request) return request.error();
    CommandRun run;
    run.input_ = input;
    run.unit_ = request->unit;
    run.expires_ = command.expires;
    run.outcome_.number = command.number;
    run.phase_ = Phase::raw;
    run.raw_ = std::move(*request);
    return run;
}

Result<> CommandRun::take_points(const DeviceOptions& device, const wire::Command& command) {
    std::vector<std::pair<PointOptions, Value>> wanted;
    for (const wire::PointValue& one : command.points) {
        const PointOptions* point = find_point(device, one);
        if (point == nullptr) {
            return Error::drop_item(
                fmt::format("the device has no point {}",
                            one.name.empty() ? std::to_string(one.point) : one.name));
        }
        wanted.emplace_back(*point, one.value);
    }
    if (command.kind == wire::CommandKind::write) {
        Result<std::vector<PlannedWrite>> planned = plan_writes(device, std::move(wanted));
        if (!planned) return planned.error();
        writes_ = std::move(*planned);
        if (writes()) phase_ = writes_[0].reads_before ? Phase::reading_before : Phase::writing;
        return {};
    }
    for (const auto& one : wanted)
        reads_.push_back(one.first);
    if (reads_.empty()) reads_ = device.points;
    return {};
}

Request CommandRun::next_request() const {
    switch (phase_) {
        case Phase::reading:
            return request_for(reads_[at_], unit_);
        case Phase::raw:
            return raw_;
        case Phase::writing:
            return writes_[at_].reads_before ? merged_ : writes_[at_].request;
        case Phase::identifying: {
            Request request;
            request.unit = unit_;
            request.function = Function::read_identification;
            request.address = object_;
            request.count = basic_identification;
            return request;
        }
        default:
            return writes_[at_].read_request();
    }
}

Request CommandRun::request() {
    begun_ = true;
    return next_request();
}

bool CommandRun::done(const Request& request, const Reply& reply, Duration timeout) {
    const std::string failure = failure_text(reply, timeout);
    switch (phase_) {
        case Phase::reading:
            return read_done(reply, failure);
        case Phase::reading_before:
            return before_done(reply, failure);
        case Phase::writing:
            return write_done(request, reply, failure);
        case Phase::reading_back:
            return back_done(request, reply, failure);
        case Phase::raw:
            outcome_.details = raw_reply_text(reply);
            return true;
        case Phase::identifying:
            break;
    }
    return identified(reply, failure);
}

bool CommandRun::read_done(const Reply& reply, const std::string& failure) {
    const PointOptions& point = reads_[at_];
    wire::Reading reading;
    reading.point = point.number;
    reading.time = reply.time;
    std::string problem = failure;
    if (reply.kind == Reply::Kind::answer) {
        Result<Value> value = value_in(point, reply.data);
        if (value) {
            reading.value = std::move(*value);
        } else {
            problem = value.error().sentence();
        }
    }
    reading.bad = !problem.empty();
    outcome_.readings.push_back(std::move(reading));
    if (!problem.empty()) {
        // The other points may be fine, unless nothing answers.
        fail(fmt::format("{}: {}", point.name, problem));
        if (reply.kind != Reply::Kind::answer && reply.kind != Reply::Kind::exception) return true;
    }
    return ++at_ == reads_.size();
}

bool CommandRun::before_done(const Reply& reply, const std::string& failure) {
    const PlannedWrite& write = writes_[at_];
    if (reply.kind != Reply::Kind::answer) {
        return fail(
            fmt::format("{}: reading the other bits of its register failed, nothing was "
                        "written: {}",
                        write.points.front().name, failure));
    }
    merged_ = write.merged(reply.data);
    phase_ = Phase::writing;
    return false;
}

bool CommandRun::write_done(const Request& request, const Reply& reply,
                            const std::string& failure) {
    const PlannedWrite& write = writes_[at_];
    const std::string& name = write.points.front().name;
    const bool answered = reply.kind == Reply::Kind::answer;
    const bool unheard = reply.kind == Reply::Kind::timeout && write.verify == Verify::none;
    if (!answered && !unheard) return fail(fmt::format("{}: {}", name, failure));
    const bool broadcast = request.unit == broadcast_unit && reply.data.empty();
    if (request.function == Function::read_write_registers) {
        return write.verify == Verify::read_back && answered ? back_done(request, reply, failure)
                                                             : next_write();
    }
    if (answered && !broadcast) {
        const Bytes expected = echo_of(request);
        if (!std::equal(expected.begin(), expected.end(), reply.data.begin(), reply.data.end())) {
            return fail(fmt::format("{}: the device confirmed 0x{} instead of 0x{}", name,
                                    to_hex(reply.data), to_hex(expected)));
        }
    }
    if (write.verify != Verify::read_back) return next_write();
    phase_ = Phase::reading_back;
    return false;
}

void CommandRun::add_readings(const Request& request, const Reply& reply) {
    for (const PointOptions& point : writes_[at_].points) {
        wire::Reading reading;
        reading.point = point.number;
        reading.time = reply.time;
        const std::size_t offset = point.address - std::size_t{request.address};
        Result<Value> value =
            is_bit_area(point.area)
                ? Result<Value>(
                      Value(((unsigned{reply.data[offset / 8]} >> (offset % 8)) & 1U) != 0))
                : value_in(point, reply.data);
        reading.bad = !value;
        if (value) reading.value = std::move(*value);
        outcome_.readings.push_back(std::move(reading));
    }
}

bool CommandRun::back_done(const Request& request, const Reply& reply, const std::string& failure) {
    const PlannedWrite& write = writes_[at_];
    const PointOptions& point = write.points.front();
    if (reply.kind != Reply::Kind::answer) {
        return fail(
            fmt::format("{}: written, but reading it back failed: {}", point.name, failure));
    }
    add_readings(request, reply);
    if (write.confirmed_by(reply.data)) return next_write();
    const auto text = [&point](ByteView registers) {
        const Result<Value> value = value_in(point, registers);
        return value && has_value(*value) ? to_json_text(*value) : "0x" + to_hex(registers);
    };
    return fail(fmt::format("{}: {} was written, {} is read back", point.name,
                            text(write.written()), text(reply.data)));
}

bool CommandRun::identified(const Reply& reply, const std::string& failure) {
    if (reply.kind != Reply::Kind::answer) return fail(failure);
    const auto part = parse_identification(reply.data);
    if (!part) return fail("an identification that contradicts itself");
    for (const Identification::Object& object : part->objects)
        details_[name_of_object(object.number)] = object.text;
    // It must go forward: a device that always has more would be asked for ever.
    if (part->more_from && *part->more_from > object_ && ++at_ < most_parts) {
        object_ = *part->more_from;
        return false;
    }
    outcome_.details = to_json_text(details_);
    return true;
}

bool CommandRun::next_write() {
    if (++at_ == writes_.size()) return true;
    phase_ = writes_[at_].reads_before ? Phase::reading_before : Phase::writing;
    return false;
}

bool CommandRun::fail(std::string reason) {
    end(wire::OutcomeStatus::failed, std::move(reason));
    return true;
}

void CommandRun::end(wire::OutcomeStatus status, std::string reason) {
    outcome_.status = status;
    if (outcome_.reason.empty()) outcome_.reason = std::move(reason);
}

}  // namespace fieldway::modbus
