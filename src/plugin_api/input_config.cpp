#include "plugin_api/input_config.h"

#include <array>
#include <exception>
#include <utility>

#include <fmt/format.h>

namespace fieldway {

namespace {

namespace json = boost::json;

json::object to_json(const RawUse& raw) {
    json::object out;
    if (raw.last_bit) out["last_bit"] = *raw.last_bit;
    if (!raw.no_value.empty()) out["no_value"] = json::value_from(raw.no_value);
    if (raw.least) out["least"] = *raw.least;
    if (raw.most) out["most"] = *raw.most;
    return out;
}

json::object to_json(const InputPoint& point) {
    json::object out{{"number", point.number},          {"name", point.name},
                     {"every", point.every.count()},    {"writable", point.writable},
                     {"verify", name_of(point.verify)}, {"options", point.options}};
    if (json::object raw = to_json(point.raw); !raw.empty()) out["raw"] = std::move(raw);
    return out;
}

json::object to_json(const InputDevice& device) {
    json::array points;
    points.reserve(device.points.size());
    for (const InputPoint& point : device.points)
        points.emplace_back(to_json(point));
    return {{"number", device.number},       {"id", device.id},
            {"every", device.every.count()}, {"address", device.address},
            {"options", device.options},     {"points", std::move(points)}};
}

// The readers below throw on a wrong shape; input_settings_from_json() is the border that catches.

Verify verify_named(std::string_view name) {
    for (const Verify verify : {Verify::read_back, Verify::echo, Verify::none}) {
        if (name_of(verify) == name) return verify;
    }
    throw ErrorException(Error::drop_item(
        fmt::format("verify is \"{}\"; it is one of read-back, echo, none", name)));
}

std::string text_at(const json::object& from, std::string_view key) {
    return std::string(from.at(key).as_string());
}

Duration duration_at(const json::object& from, std::string_view key) {
    return Duration(from.at(key).to_number<std::int64_t>());
}

RawUse read_raw(const json::object& from) {
    RawUse raw;
    if (const json::value* bit = from.if_contains("last_bit")) raw.last_bit = bit->to_number<int>();
    if (const json::value* codes = from.if_contains("no_value")) {
        for (const json::value& code : codes->as_array())
            raw.no_value.push_back(code.to_number<std::int64_t>());
    }
    if (const json::value* least = from.if_contains("least"))
        raw.least = least->to_number<double>();
    if (const json::value* most = from.if_contains("most")) raw.most = most->to_number<double>();
    return raw;
}

InputPoint read_point(const json::object& from) {
    InputPoint point;
    point.number = from.at("number").to_number<std::uint32_t>();
    point.name = text_at(from, "name");
    point.every = duration_at(from, "every");
    point.writable = from.at("writable").as_bool();
    point.verify = verify_named(from.at("verify").as_string());
    point.options = from.at("options").as_object();
    if (const json::value* raw = from.if_contains("raw")) point.raw = read_raw(raw->as_object());
    return point;
}

InputDevice read_device(const json::object& from) {
    InputDevice device;
    device.number = from.at("number").to_number<std::uint32_t>();
    device.id = text_at(from, "id");
    device.every = duration_at(from, "every");
    device.address = from.at("address").as_object();
    device.options = from.at("options").as_object();
    for (const json::value& point : from.at("points").as_array()) {
        device.points.push_back(read_point(point.as_object()));
    }
    return device;
}

}  // namespace

std::string_view name_of(Verify verify) {
    switch (verify) {
        case Verify::read_back:
            return "read-back";
        case Verify::echo:
            return "echo";
        case Verify::none:
            return "none";
    }
    return "?";
}

std::string to_json_text(const InputSettings& settings) {
    json::array devices;
    devices.reserve(settings.devices.size());
    for (const InputDevice& device : settings.devices)
        devices.emplace_back(to_json(device));
    return json::serialize(json::object{
        {"name", settings.name}, {"options", settings.options}, {"devices", std::move(devices)}});
}

Result<InputSettings> input_settings_from_json(std::string_view text) {
    try {
        const json::value value = json::parse(text);
        const json::object& from = value.as_object();
        InputSettings settings;
        settings.name = text_at(from, "name");
        settings.options = from.at("options").as_object();
        for (const json::value& device : from.at("devices").as_array()) {
            settings.devices.push_back(read_device(device.as_object()));
        }
        return settings;
    } catch (const std::exception& wrong) {
        return Error::stop_device(fmt::format("no input settings: {}", wrong.what()));
    }
}

std::string to_json_text(const std::vector<Problem>& problems) {
    json::array out;
    for (const Problem& problem : problems) {
        out.emplace_back(json::object{{"pointer", problem.pointer},
                                      {"sentence", problem.sentence},
                                      {"warning", problem.warning}});
    }
    return json::serialize(out);
}

Result<std::vector<Problem>> problems_from_json(std::string_view text) {
    try {
        const json::value value = json::parse(text);
        std::vector<Problem> problems;
        for (const json::value& item : value.as_array()) {
            const json::object& from = item.as_object();
            const json::value* warning = from.if_contains("warning");
            problems.push_back({text_at(from, "pointer"), text_at(from, "sentence"),
                                warning != nullptr && warning->as_bool()});
        }
        return problems;
    } catch (const std::exception& wrong) {
        return Error::drop_item(fmt::format("no list of problems: {}", wrong.what()));
    }
}

}  // namespace fieldway
