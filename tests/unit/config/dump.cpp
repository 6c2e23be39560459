#include "unit/config/dump.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/quantity_text.h"

namespace fieldway::config::testing {

namespace {

namespace json = boost::json;

json::value number_or_null(const std::optional<double>& number) {
    return number ? json::value(fmt::format("{}", *number)) : json::value(nullptr);
}

json::object dumped_credentials(const AuthOptions& auth) {
    return {{"key_file", auth.key_file.string()},
            {"next_key_file", auth.next_key_file.string()},
            {"token_lifetime", fieldway::to_text(auth.token_lifetime)},
            {"audience", auth.audience},
            {"kid", auth.kid},
            {"subject", auth.subject}};
}

json::object dumped_common(const UplinkOptions& uplink) {
    return {{"name", uplink.name},
            {"platform", traits_of(uplink.platform).name},
            {"url", uplink.url},
            {"host", uplink.host},
            {"port", uplink.port},
            {"secure", uplink.secure},
            {"mqtt", uplink.mqtt_version == MqttVersion::v5 ? "5" : "3.1.1"},
            {"auth",
             {{"method", static_cast<int>(uplink.auth.method)},
              {"username", uplink.auth.username},
              {"connector_id", uplink.auth.connector_id},
              {"password", uplink.auth.password},
              {"password_file", uplink.auth.password_file.string()},
              {"secret", uplink.auth.secret},
              {"secret_file", uplink.auth.secret_file.string()}}},
            {"tls", {uplink.tls.ca_file.string(), uplink.tls.min_version}},
            {"keepalive", fieldway::to_text(uplink.keepalive)},
            {"session_expiry", fieldway::to_text(uplink.session_expiry)},
            {"retain", uplink.retain},
            {"limits",
             {uplink.limits.message_bytes, fmt::format("{}", uplink.limits.messages_per_second),
              uplink.limits.in_flight, fmt::format("{}", uplink.limits.connects_per_second)}},
            {"topic", uplink.topics.uplink}};
}

/// What every uplink has; what one method alone has is added where it is used.
json::object dumped(const UplinkOptions& uplink) {
    json::object result = dumped_common(uplink);
    if (uplink.auth.method == AuthMethod::device_credentials) {
        result["credentials"] = dumped_credentials(uplink.auth);
    }
    if (!uplink.tls.cert_file.empty()) {
        result["client_certificate"] = {uplink.tls.cert_file.string(),
                                        uplink.tls.key_file.string()};
    }
    return result;
}

json::object dumped(const QueueOptions& queue) {
    json::object dumped{{"max_memory", size_text(queue.max_memory)},
                        {"max_bytes", size_text(queue.max_bytes)},
                        {"device_max_bytes", size_text(queue.device_max_bytes)},
                        {"dead_letters", size_text(queue.dead_letters)},
                        {"when_full", static_cast<int>(queue.when_full)},
                        {"backlog_rate", fmt::format("{}", queue.backlog_rate)},
                        {"gap_subtopic", queue.gap_subtopic},
                        {"compress", queue.compress}};
    for (const Lane lane : all_lanes) {
        const LaneOptions& own = queue.lanes[static_cast<std::size_t>(lane)];
        dumped[name_of(lane)] = {fieldway::to_text(own.durability), size_text(own.max_bytes),
                                 fieldway::to_text(own.max_age)};
    }
    return dumped;
}

json::object dumped(const PointOptions& point) {
    json::object enumeration;
    for (const auto& [code, text] : point.enumeration)
        enumeration[std::to_string(code)] = text;
    json::object result{{"name", point.name},
                        {"unit", point.unit},
                        {"every", fieldway::to_text(point.every)},
                        {"scale", number_or_null(point.scale)},
                        {"offset", number_or_null(point.offset)},
                        {"expression", point.expression},
                        {"enum", enumeration},
                        {"no_value", json::value_from(point.no_value)},
                        {"writable", point.writable},
                        {"min", number_or_null(point.min)},
                        {"max", number_or_null(point.max)},
                        {"verify", static_cast<int>(point.verify)}};
    if (point.bits) result["bits"] = {point.bits->first, point.bits->last};
    if (!point.write_expression.empty()) result["write_expression"] = point.write_expression;
    if (point.round) result["round"] = *point.round;
    return result;
}

json::object dumped(const FormatOptions& format) {
    json::object result{{"type", format_name(format.type)}};
    json::object fields;
    for (const JsonField& field : format.fields)
        fields[field.path] = field.point;
    if (!fields.empty()) result["fields"] = fields;
    if (format.type == ContentType::csv) {
        result["csv"] = {json::value_from(format.csv.columns), format.csv.header,
                         std::string(1, format.csv.delimiter), format.csv.quote_all,
                         fieldway::to_text(format.csv.sample), format.csv.most_bytes};
    }
    json::array pieces;
    for (const auto& piece : format.text.pieces)
        pieces.push_back({piece.place ? "place" : "text", piece.text});
    if (!pieces.empty()) result["template"] = {pieces, format.no_value};
    json::array binary;
    for (const BinaryField& field : format.binary.fields) {
        binary.push_back({field.point, static_cast<int>(field.type), field.scale,
                          field.no_value ? json::value(*field.no_value) : json::value()});
    }
    if (format.type == ContentType::binary) {
        result["binary"] = {format.binary.point, format.binary.little_endian, binary};
    }
    return result;
}

json::object dumped(const CommandOptions& command) {
    return {{"subtopic", command.subtopic},
            {"points", json::value_from(command.points)},
            {"reply", command.reply},
            {"expires", fieldway::to_text(command.expires)},
            {"configuration", command.configuration}};
}

json::object dumped(const DeviceOptions& device) {
    json::array points;
    for (std::size_t i = 0; i < device.points.size(); ++i) {
        json::object point = dumped(device.points[i]);
        point["options"] = device.input_device.points[i].options;
        points.push_back(std::move(point));
    }
    json::array messages;
    for (const MessageOptions& message : device.messages) {
        json::object dump{{"subtopic", message.subtopic},
                          {"every", fieldway::to_text(message.every)},
                          {"points", json::value_from(message.points)},
                          {"lane", name_of(message.lane)},
                          {"drain", name_of(message.drain)}};
        const json::object format = dumped(message.format);
        if (format.size() > 1 || message.format.type != ContentType::json) {
            dump["format"] = format;
        }
        messages.push_back(std::move(dump));
    }
    json::object result{
        {"id", device.id.text()},
        {"uplink", device.uplink},
        {"input", device.input},
        {"every", fieldway::to_text(device.every)},
        {"when_bad", static_cast<int>(device.when_bad)},
        {"timestamp", {device.timestamp_key, static_cast<int>(device.timestamp_format)}},
        {"address", device.input_device.address},
        {"options", device.input_device.options},
        {"points", points},
        {"messages", messages}};
    json::array commands;
    for (const CommandOptions& command : device.commands)
        commands.push_back(dumped(command));
    if (!commands.empty()) result["commands"] = commands;
    return result;
}

void write(const json::value& value, std::string& out, const std::string& indent) {
    const bool small = json::serialize(value).size() <= 88;
    if (small || (!value.is_object() && !value.is_array())) {
        out += json::serialize(value);
        return;
    }
    const bool is_object = value.is_object();
    out += is_object ? "{" : "[";
    bool first = true;
    const auto begin_item = [&] {
        out += first ? "\n  " : ",\n  ";
        out += indent;
        first = false;
    };
    if (is_object) {
        for (const auto& entry : value.as_object()) {
            begin_item();
            out += json::serialize(json::value(entry.key())) + ": ";
            write(entry.value(), out, indent + "  ");
        }
    } else {
        for (const auto& item : value.as_array()) {
            begin_item();
            write(item, out, indent + "  ");
        }
    }
    out += "\n" + indent + (is_object ? "}" : "]");
}

}  // namespace

std::string dump(const GatewayConfig& config, const std::string& folder) {
    json::array uplinks;
    for (const auto& uplink : config.uplinks)
        uplinks.push_back(dumped(uplink));
    json::array inputs;
    for (const auto& input : config.inputs) {
        inputs.push_back(
            {{"name", input.name}, {"plugin", input.plugin}, {"options", input.options}});
    }
    json::array devices;
    for (const auto& device : config.devices)
        devices.push_back(dumped(device));
    json::array plugin_dirs;
    for (const auto& dir : config.gateway.plugin_dirs)
        plugin_dirs.emplace_back(dir.string());
    const json::object all{
        {"gateway",
         {{"name", config.gateway.name},
          {"connects_per_second", fmt::format("{}", config.gateway.connects_per_second)},
          {"state_dir", config.gateway.state_dir.string()},
          {"plugin_dirs", plugin_dirs},
          {"control_socket", config.gateway.control_socket.string()}}},
        {"log", {static_cast<int>(config.log.level), static_cast<int>(config.log.format)}},
        {"queue", dumped(config.queue)},
        {"uplinks", uplinks},
        {"inputs", inputs},
        {"devices", devices}};
    std::string text;
    write(all, text, "");
    text += "\n";
    for (std::size_t at = text.find(folder); at != std::string::npos; at = text.find(folder)) {
        text.erase(at, folder.size());
    }
    return text;
}

}  // namespace fieldway::config::testing
