#include "app/command_desk.h"

#include <algorithm>
#include <utility>

#include "base/nearest_name.h"
#include "base/value.h"

namespace fieldway::app {

namespace json = boost::json;

namespace {

// How long a person waits at a prompt for a device on a slow line.
constexpr Duration expires_after = std::chrono::seconds(10);

json::value json_of(const Value& value) {
    return json::parse(to_json_text(value));
}

Result<Value> value_of(const json::value& value) {
    switch (value.kind()) {
        case json::kind::bool_:
            return Value(value.get_bool());
        case json::kind::int64:
            return Value(value.get_int64());
        case json::kind::uint64:
            return Value(value.get_uint64());
        case json::kind::double_:
            return Value(value.get_double());
        case json::kind::string:
            return Value(std::string(value.get_string()));
        default:
            return Error::drop_item("a value to write is a number, a text, true or false");
    }
}

}  // namespace

Result<Device*> CommandDesk::device_of(const std::string& id) {
    if (Device* device = devices_.find(id)) return device;
    std::vector<std::string> known;
    for (const Device& device : devices_.all())
        known.push_back(device.id.text());
    const std::string nearest = nearest_name(id, known);
    return Error::drop_item("no device has the id " + id +
                            (nearest.empty() ? "" : "; did you mean " + nearest + "?"));
}

void CommandDesk::read(const std::string& id, const std::vector<std::string>& points, Done done) {
    const auto device = device_of(id);
    if (!device) return done(device.error());
    Command command;
    command.kind = Command::Kind::read;
    if (points.empty()) {
        for (PointNumber i = 0; i < (*device)->points.size(); ++i) {
            command.points.push_back({i, "", NoValue{}});
        }
    }
    for (const std::string& name : points) {
        const auto point = (*device)->mapper.point_of(name);
        if (!point) return done(point.error().within("device " + id));
        command.points.push_back({*point, "", NoValue{}});
    }
    submit(**device, std::move(command), std::move(done));
}

void CommandDesk::write(const std::string& id, const json::object& values, Done done) {
    const auto device = device_of(id);
    if (!device) return done(device.error());
    Command command;
    command.kind = Command::Kind::write;
    for (const auto& member : values) {
        const std::string place = "device " + id + " > " + std::string(member.key());
        const auto value = value_of(member.value());
        if (!value) return done(value.error().within(place));
        // An undeclared point has no mapping to undo; whether it can be written is its input's to
        // say.
        const auto point = (*device)->mapper.point_of(member.key());
        if (!point) return done(point.error().within("device " + id));
        auto raw = (*device)->mapper.to_raw(*point, *value);
        if (!raw) return done(raw.error().within("device " + id));  // it names the point itself
        command.points.push_back({*point, "", std::move(*raw)});
    }
    if (command.points.empty()) {
        return done(Error::drop_item("nothing to write: name at least one point and its value"));
    }
    submit(**device, std::move(command), std::move(done));
}

void CommandDesk::submit(const Device& device, Command command, Done done) {
    command.number = next_++;
    command.device = device.number;
    command.expires = clock_.monotonic() + expires_after;
    host_.submit(device.input, std::move(command),
                 [this, number = device.number, done = std::move(done)](CommandOutcome outcome) {
                     const Device* found = devices_.find(number);
                     if (found == nullptr) {
                         return done(Error::drop_item("the device was removed meanwhile"));
                     }
                     if (outcome.status != CommandOutcome::Status::done) {
                         return done(Error::retry(std::string(name_of(outcome.status)) + ": " +
                                                  outcome.reason)
                                         .within("device " + found->id.text()));
                     }
                     done(answer_of(*found, outcome));
                 });
}

json::value CommandDesk::answer_of(const Device& device, const CommandOutcome& outcome) const {
    json::object values;
    WallTime newest{};
    for (const Reading& reading : outcome.readings) {
        const bool declared = reading.point < device.points.size();
        const std::string& name = declared ? device.points[reading.point] : reading.name;
        values[name] = reading.bad ? json::value() : json_of(device.mapper.map(reading));
        newest = std::max(newest, known_wall(reading.time));
    }
    json::object answer{{"device", device.id.text()}, {"values", std::move(values)}};
    if (newest != unknown_wall) answer["timestamp"] = rfc3339(newest);
    if (!outcome.reason.empty()) answer["reason"] = outcome.reason;
    return answer;
}

}  // namespace fieldway::app
