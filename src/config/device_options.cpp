#include "config/device_options.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/quantity_text.h"
#include "config/choice.h"
#include "config/input_options.h"

namespace fieldway::config {

namespace {

using namespace std::chrono_literals;
using enum OptionType;

constexpr std::array bad_choices{Choice<WhenBad>{"once", WhenBad::once},
                                 Choice<WhenBad>{"null", WhenBad::null},
                                 Choice<WhenBad>{"skip", WhenBad::skip}};
constexpr std::array timestamp_formats{Choice<TimestampFormat>{"rfc3339", TimestampFormat::rfc3339},
                                       Choice<TimestampFormat>{"unix-ms", TimestampFormat::unix_ms},
                                       Choice<TimestampFormat>{"unix-s", TimestampFormat::unix_s},
                                       Choice<TimestampFormat>{"none", TimestampFormat::none}};

OptionTable common_table() {
    return device_table(PluginTables{});
}

bool has_required(const OptionTable& table) {
    return std::any_of(table.begin(), table.end(),
                       [](const Option& option) { return option.required; });
}

void check_point_names(const DeviceOptions& device, const CheckedMap& checked,
                       Diagnostics& diagnostics) {
    std::map<std::string, std::size_t> first_of;
    for (std::size_t i = 0; i < device.points.size(); ++i) {
        const std::string path = "points." + std::to_string(i) + ".name";
        if (!checked.sound(path)) continue;
        const std::string& name = device.points[i].name;
        const auto [first, is_new] = first_of.emplace(name, i);
        if (!is_new) {
            const Place place = checked.place("points." + std::to_string(first->second) + ".name");
            diagnostics.error(checked.place(path),
                              "the point " + shown_text(name) +
                                  " is declared a second time; the first is at "
                                  "line " +
                                  std::to_string(place.line));
        }
        if (device.timestamp_format != TimestampFormat::none && name == device.timestamp_key) {
            diagnostics.error(checked.place(path),
                              "the point has the name of the timestamp; rename it, or the "
                              "timestamp (timestamp: { key: ... })");
        }
    }
}

/// The points that there can be; empty: any. A plugin that must be told more of a point than its
/// name reads declared points only; any other (exec) may bring names that the configuration does
/// not know.
std::vector<std::string> known_points(const DeviceOptions& device, const OptionTable& point_table) {
    std::vector<std::string> known;
    if (!has_required(point_table)) return known;
    for (const PointOptions& point : device.points)
        known.push_back(point.name);
    return known;
}

void check_message_points(const DeviceOptions& device, const CheckedMap& checked,
                          const std::vector<std::string>& known, Diagnostics& diagnostics) {
    for (std::size_t m = 0; m < device.messages.size(); ++m) {
        const std::vector<std::string>& names = device.messages[m].points;
        for (std::size_t i = 0; i < names.size(); ++i) {
            const Place place =
                checked.place("messages." + std::to_string(m) + ".points." + std::to_string(i));
            const auto at = names.begin() + static_cast<std::ptrdiff_t>(i);
            if (std::find(names.begin(), at, names[i]) != at) {
                diagnostics.error(place, "the point " + shown_text(names[i]) + " stands twice");
            } else if (!known.empty() &&
                       std::find(known.begin(), known.end(), names[i]) == known.end()) {
                diagnostics.error(
                    place, "there is no point " + shown_text(names[i]) + hint_of(names[i], known));
            }
        }
    }
}

/// A message with each poll waits for its slowest point: what the others are read meanwhile never
/// leaves, which nobody means who asked for it.
void warn_of_unequal_intervals(const DeviceOptions& device, const CheckedMap& checked,
                               Diagnostics& diagnostics) {
    const bool unnamed = device.messages.empty();
    for (std::size_t m = 0; m < (unnamed ? 1 : device.messages.size()); ++m) {
        const MessageOptions message = unnamed ? MessageOptions() : device.messages[m];
        if (message.every != Duration::zero()) continue;
        const PointOptions* fastest = nullptr;
        const PointOptions* slowest = nullptr;
        for (const PointOptions& point : device.points) {
            const auto& named = message.points;
            const bool in_it =
                named.empty() || std::find(named.begin(), named.end(), point.name) != named.end();
            if (!in_it || point.every == Duration::zero()) continue;
            if (fastest == nullptr || point.every < fastest->every) fastest = &point;
            if (slowest == nullptr || point.every > slowest->every) slowest = &point;
        }
        if (fastest == slowest || fastest->every == slowest->every) continue;
        const std::string path = "messages." + std::to_string(m);
        diagnostics.warning(
            unnamed ? checked.place("") : checked.place(path),
            "a message leaves when each of its points was read: " + shown_text(fastest->name) +
                " is read every " + fieldway::to_text(fastest->every) + " and leaves every " +
                fieldway::to_text(slowest->every) + ", with " + shown_text(slowest->name) +
                "; give the slow points a message of their own (messages, points), or the message "
                "an `every`");
    }
}

RawUse raw_use_of(const PointOptions& point) {
    RawUse raw;
    if (point.bits) raw.last_bit = point.bits->last;
    raw.no_value = point.no_value;
    const bool as_it_is = !point.scale && !point.offset && point.expression.empty() &&
                          point.write_expression.empty() && point.enumeration.empty();
    if (as_it_is) {
        raw.least = point.min;
        raw.most = point.max;
    }
    return raw;
}

InputDevice make_input_device(const DeviceOptions& device, const boost::json::object& values,
                              const PluginTables& of_plugin) {
    InputDevice input;
    input.id = device.id.text();
    input.every = device.every;
    if (const auto* address = values.if_contains("address");
        address != nullptr && address->is_object()) {
        input.address = address->as_object();
    }
    input.options = part_of(values, common_table(), of_plugin.device);
    const auto* points = values.if_contains("points");
    input.points.reserve(device.points.size());
    for (std::size_t i = 0; i < device.points.size(); ++i) {
        const PointOptions& point = device.points[i];
        const auto& own = points->as_array()[i].as_object();
        input.points.push_back({static_cast<std::uint32_t>(i), point.name, point.every,
                                point.writable, point.verify,
                                part_of(own, point_table(), of_plugin.point), raw_use_of(point)});
    }
    return input;
}

DeviceId make_id(const CheckedMap& checked, Diagnostics& diagnostics) {
    auto id = DeviceId::parse(option_of<std::string>(checked.values, "id"));
    if (id) return std::move(*id);
    if (checked.sound("id")) diagnostics.error(checked.place("id"), id.error().sentence());
    return DeviceId::parse("-").value();  // so that the rest is checked
}

}  // namespace

OptionTable device_table(const PluginTables& of_plugin) {
    const auto later = [](const std::string& key) {
        return key + " is not built yet; remove the key";
    };
    auto address = option("address", group, "where it is at its input").members(of_plugin.address);
    if (has_required(of_plugin.address)) address.required();
    OptionTable common{
        option("id", text, "the device id of the platform: client id and topic").required(),
        option("uplink", text, "the name of the uplink that delivers its messages").required(),
        option("input", text, "the name of the input that reads it").required(),
        address,
        option("every", duration,
               "the poll interval of its points; of a device that tells by itself, how often it is "
               "expected to")
            .preset(10s)
            .within(1ms, 168h),
        option("when_bad", choice,
               "what is sent of points that cannot be read: nulls once, then nothing until "
               "they are back; null in every message; or nothing")
            .choices(words_of(bad_choices))
            .preset("once"),
        option("points", groups, "what is read of it")
            .members(with(point_table(), of_plugin.point)),
        option("messages", groups,
               "what is sent of it; with each poll all points when none is given: then a message "
               "leaves when each point was read, so at the pace of the slowest")
            .members(message_table()),
        option("timestamp", group, "how payloads tell the time of the acquisition")
            .members(
                {option("key", text, "its name in the JSON").preset("timestamp").within(1, 128),
                 option("format", choice, "how it is written")
                     .choices(words_of(timestamp_formats))
                     .preset("rfc3339")}),
        option(
            "profile", text,
            "MAKER/MODEL of the device library: its points, messages and options, which the keys "
            "here override and add to; points by their name")
            .within(1, 128),
        option("profile_points", texts,
               "the points that are taken of the profile, beside those that points overrides; all "
               "when "
               "it is not given"),
        option("sequence", any, "the record's number in each payload").not_built(later("sequence")),
        option("commands", groups,
               "what the platform may write by downlinks: {\"setpoint\": 21.5} writes the points "
               "named, {\"id\": ...} beside them makes a command that is done once; nothing when "
               "it is not given")
            .members(command_table()),
    };
    return with(std::move(common), of_plugin.device);
}

DeviceOptions make_device(const CheckedMap& checked, const PluginTables& of_plugin,
                          const ExpressionCheck& check_expression, Diagnostics& diagnostics) {
    const boost::json::object& values = checked.values;
    DeviceOptions device{.id = make_id(checked, diagnostics),
                         .uplink = option_of<std::string>(values, "uplink"),
                         .input = option_of<std::string>(values, "input"),
                         .every = option_of<Duration>(values, "every"),
                         .when_bad = chosen(bad_choices, values.at("when_bad")),
                         .timestamp_key = {},
                         .timestamp_format = {},
                         .points = {},
                         .messages = {},
                         .commands = {},
                         .input_device = {}};
    const auto& timestamp = values.at("timestamp").as_object();
    device.timestamp_key = option_of<std::string>(timestamp, "key");
    device.timestamp_format = chosen(timestamp_formats, timestamp.at("format"));
    if (const auto* points = values.if_contains("points")) {
        device.points.reserve(points->as_array().size());
        for (std::size_t i = 0; i < points->as_array().size(); ++i) {
            const std::string path = "points." + std::to_string(i);
            device.points.push_back(make_point(points->as_array()[i].as_object(), checked, path,
                                               of_plugin.polls ? device.every : Duration::zero(),
                                               check_expression, diagnostics));
            if (!of_plugin.polls && checked.given(path + ".every")) {
                diagnostics.error(checked.place(path + ".every"),
                                  "every has no meaning here: the input is not polled, a value "
                                  "comes when the device tells it; remove the key");
            }
        }
    }
    if (const auto* messages = values.if_contains("messages")) {
        for (std::size_t i = 0; i < messages->as_array().size(); ++i) {
            device.messages.push_back(make_message(messages->as_array()[i].as_object(), checked,
                                                   "messages." + std::to_string(i), diagnostics));
        }
    }
    check_point_names(device, checked, diagnostics);
    const std::vector<std::string> known = known_points(device, of_plugin.point);
    check_message_points(device, checked, known, diagnostics);
    complete_formats(device, checked, known, diagnostics);
    device.commands = make_commands(checked, device.points, diagnostics);
    warn_of_unequal_intervals(device, checked, diagnostics);
    if (device.messages.empty()) device.messages.emplace_back();
    device.input_device = make_input_device(device, values, of_plugin);
    return device;
}

}  // namespace fieldway::config
