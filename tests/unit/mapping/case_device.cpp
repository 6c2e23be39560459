#include "case_device.h"

#include <charconv>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "base/quantity_text.h"

namespace fieldway::mapping::test {

namespace json = boost::json;

namespace {

std::string text_of(const json::value& value) {
    return std::string(value.as_string());
}

Duration duration_of(const json::value& value) {
    const auto duration = parse_duration(text_of(value));
    if (!duration) throw std::runtime_error("no duration: " + text_of(value));
    return *duration;
}

template <class Enum>
Enum one_of(const json::value& value, std::initializer_list<std::pair<const char*, Enum>> choices) {
    for (const auto& [name, choice] : choices) {
        if (value.as_string() == name) return choice;
    }
    throw std::runtime_error("no such choice: " + text_of(value));
}

config::BitRange bits_of(const json::value& value) {
    if (value.is_int64()) {
        const auto bit = static_cast<std::uint8_t>(value.as_int64());
        return {bit, bit};
    }
    const std::string range = text_of(value);
    const auto dash = range.find('-');
    return {static_cast<std::uint8_t>(std::stoi(range.substr(0, dash))),
            static_cast<std::uint8_t>(std::stoi(range.substr(dash + 1)))};
}

config::PointOptions point_of(const json::object& text, Duration every) {
    config::PointOptions point;
    point.every = every;
    for (const auto& [key, value] : text) {
        if (key == "name") {
            point.name = text_of(value);
        } else if (key == "scale") {
            point.scale = value.to_number<double>();
        } else if (key == "offset") {
            point.offset = value.to_number<double>();
        } else if (key == "expression") {
            point.expression = text_of(value);
        } else if (key == "enum") {
            for (const auto& [code, name] : value.as_object()) {
                point.enumeration[std::stoll(std::string(code))] = text_of(name);
            }
        } else if (key == "bits") {
            point.bits = bits_of(value);
        } else if (key == "round") {
            point.round = static_cast<int>(value.as_int64());
        } else if (key == "no_value") {
            for (const auto& code : value.as_array())
                point.no_value.push_back(code.as_int64());
        } else if (key == "every") {
            point.every = duration_of(value);
        } else {
            throw std::runtime_error("unknown key of a point: " + std::string(key));
        }
    }
    return point;
}

config::BinaryField binary_field_of(const json::object& text) {
    using enum config::BinaryType;
    config::BinaryField field;
    field.point = text_of(text.at("point"));
    field.type = one_of<config::BinaryType>(text.at("type"), {{"int8", int8},
                                                              {"uint8", uint8},
                                                              {"int16", int16},
                                                              {"uint16", uint16},
                                                              {"int32", int32},
                                                              {"uint32", uint32},
                                                              {"int64", int64},
                                                              {"uint64", uint64},
                                                              {"float32", float32},
                                                              {"float64", float64}});
    if (text.contains("scale")) field.scale = text.at("scale").to_number<double>();
    if (text.contains("no_value")) field.no_value = text.at("no_value").as_int64();
    return field;
}

/// `csv`, `text`, `xml`, `binary` or `fields` of a message, as the configuration has them.
void put_format(config::FormatOptions& format, std::string_view key, const json::object& options) {
    if (key == "fields") {
        for (const auto& [path, point] : options)
            format.fields.push_back({std::string(path), text_of(point)});
        return;
    }
    for (const auto& [name, value] : options) {
        if (name == "columns") {
            for (const auto& column : value.as_array())
                format.csv.columns.push_back(text_of(column));
        } else if (name == "header") {
            format.csv.header = value.as_bool();
        } else if (name == "delimiter") {
            format.csv.delimiter = text_of(value).front();
        } else if (name == "quote") {
            format.csv.quote_all = text_of(value) == "all";
        } else if (name == "sample") {
            format.csv.sample = duration_of(value);
        } else if (name == "most_bytes") {
            format.csv.most_bytes = value.to_number<std::uint64_t>();
        } else if (name == "template") {
            format.text = config::PayloadTemplate::parse(text_of(value)).value();
        } else if (name == "no_value") {
            format.no_value = text_of(value);
        } else if (name == "point") {
            format.binary.point = text_of(value);
        } else if (name == "byte_order") {
            format.binary.little_endian = text_of(value) == "little";
        } else if (name == "fields") {
            for (const auto& field : value.as_array())
                format.binary.fields.push_back(binary_field_of(field.as_object()));
        } else {
            throw std::runtime_error("unknown key of a format: " + std::string(name));
        }
    }
}

config::MessageOptions message_of(const json::object& text) {
    config::MessageOptions message;
    for (const auto& [key, value] : text) {
        if (key == "subtopic") {
            message.subtopic = text_of(value);
        } else if (key == "every") {
            message.every = duration_of(value);
        } else if (key == "points") {
            for (const auto& name : value.as_array())
                message.points.push_back(text_of(name));
        } else if (key == "lane") {
            message.lane = one_of<Lane>(
                value,
                {{"alarm", Lane::alarm}, {"telemetry", Lane::telemetry}, {"bulk", Lane::bulk}});
        } else if (key == "format") {
            message.format.type = one_of<ContentType>(value, {{"json", ContentType::json},
                                                              {"csv", ContentType::csv},
                                                              {"text", ContentType::text},
                                                              {"xml", ContentType::xml},
                                                              {"binary", ContentType::binary}});
        } else if (key == "csv" || key == "text" || key == "xml" || key == "binary" ||
                   key == "fields") {
            put_format(message.format, key, value.as_object());
        } else {
            throw std::runtime_error("unknown key of a message: " + std::string(key));
        }
    }
    return message;
}

}  // namespace

config::DeviceOptions device_of(const json::object& text) {
    using config::TimestampFormat;
    using config::WhenBad;
    config::DeviceOptions device{.id = DeviceId::parse("0CA1").value(),
                                 .uplink = "cloud",
                                 .input = "hall",
                                 .every = {},
                                 .when_bad = WhenBad::once,
                                 .timestamp_key = "timestamp",
                                 .timestamp_format = TimestampFormat::rfc3339,
                                 .points = {},
                                 .messages = {},
                                 .commands = {},
                                 .input_device = {}};
    if (text.contains("every")) device.every = duration_of(text.at("every"));
    for (const auto& [key, value] : text) {
        if (key == "when_bad") {
            device.when_bad = one_of<WhenBad>(
                value, {{"once", WhenBad::once}, {"null", WhenBad::null}, {"skip", WhenBad::skip}});
        } else if (key == "timestamp") {
            const auto& timestamp = value.as_object();
            if (timestamp.contains("key")) device.timestamp_key = text_of(timestamp.at("key"));
            if (timestamp.contains("format")) {
                device.timestamp_format = one_of<TimestampFormat>(
                    timestamp.at("format"), {{"rfc3339", TimestampFormat::rfc3339},
                                             {"unix-ms", TimestampFormat::unix_ms},
                                             {"unix-s", TimestampFormat::unix_s},
                                             {"none", TimestampFormat::none}});
            }
        } else if (key == "points") {
            for (const auto& point : value.as_array()) {
                device.points.push_back(point_of(point.as_object(), device.every));
            }
        } else if (key == "messages") {
            for (const auto& message : value.as_array()) {
                device.messages.push_back(message_of(message.as_object()));
            }
        } else if (key != "every") {
            throw std::runtime_error("unknown key of a device: " + std::string(key));
        }
    }
    if (device.messages.empty()) device.messages.emplace_back();
    return device;
}

Value raw_value_of(const json::value& text) {
    if (text.is_null()) return NoValue{};
    if (text.is_bool()) return text.as_bool();
    if (text.is_int64()) return text.as_int64();
    if (text.is_uint64()) return text.as_uint64();
    if (text.is_double()) return text.as_double();
    if (text.is_string()) return text_of(text);
    const auto& [type, value] = *text.as_object().begin();
    if (type == "float32") return static_cast<float>(value.to_number<double>());
    if (type == "uint64") return static_cast<std::uint64_t>(std::stoull(text_of(value)));
    if (type == "hex") return bytes_from_hex(text_of(value)).value();
    if (type == "double") return std::strtod(text_of(value).c_str(), nullptr);  // nan, inf
    throw std::runtime_error("unknown type: " + std::string(type));
}

}  // namespace fieldway::mapping::test
