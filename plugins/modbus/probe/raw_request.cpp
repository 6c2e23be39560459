#include "modbus/probe/raw_request.h"

#include <cstdint>
#include <optional>
#include <utility>

namespace fieldway::modbus {
namespace {

namespace json = boost::json;

Error not_read(const char* what) {
    return Error::drop_item(std::string(what) + " cannot be read");
}

std::optional<json::object> object_in(std::string_view text) {
    boost::system::error_code error;
    json::value parsed = json::parse(text, error);
    if (error || !parsed.is_object()) return std::nullopt;
    return std::move(parsed.get_object());
}

/// A member that fits T, or nothing.
template <class T>
std::optional<T> number_of(const json::object& map, std::string_view key) {
    const json::value* value = map.if_contains(key);
    if (value == nullptr || !value->is_number()) return std::nullopt;
    boost::system::error_code error;
    const T number = value->to_number<T>(error);
    return error ? std::nullopt : std::optional(number);
}

std::optional<Bytes> bytes_of(const json::object& map) {
    const json::value* data = map.if_contains("data");
    if (data == nullptr || !data->is_string()) return std::nullopt;
    return bytes_from_hex(data->get_string());
}

}  // namespace

std::string raw_request_text(const Request& request) {
    return json::serialize(json::object{{"unit", request.unit},
                                        {"function", static_cast<int>(request.function)},
                                        {"address", request.address},
                                        {"count", request.count},
                                        {"value", request.value},
                                        {"or_mask", request.or_mask},
                                        {"write_address", request.write_address},
                                        {"data", to_hex(request.data)}});
}

Result<Request> raw_request_from(std::string_view text) {
    const auto map = object_in(text);
    if (!map) return not_read("a request");
    const auto unit = number_of<std::uint8_t>(*map, "unit");
    const auto function = number_of<std::uint8_t>(*map, "function");
    const auto address = number_of<std::uint16_t>(*map, "address");
    const auto count = number_of<std::uint16_t>(*map, "count");
    const auto value = number_of<std::uint16_t>(*map, "value");
    const auto or_mask = number_of<std::uint16_t>(*map, "or_mask");
    const auto write_address = number_of<std::uint16_t>(*map, "write_address");
    auto data = bytes_of(*map);
    if (!unit || !function || !address || !count || !value || !or_mask || !write_address || !data) {
        return not_read("a request");
    }
    return Request{*unit,          static_cast<Function>(*function),
                   *address,       *count,
                   *value,         *or_mask,
                   *write_address, std::move(*data)};
}

std::string raw_reply_text(const Reply& reply) {
    return json::serialize(json::object{{"kind", static_cast<int>(reply.kind)},
                                        {"exception", reply.exception},
                                        {"data", to_hex(reply.data)},
                                        {"reason", reply.reason}});
}

Result<Reply> raw_reply_from(std::string_view text, Bytes& data) {
    const auto map = object_in(text);
    if (!map) return not_read("a reply");
    const auto kind = number_of<std::uint8_t>(*map, "kind");
    const auto exception = number_of<std::uint8_t>(*map, "exception");
    auto bytes = bytes_of(*map);
    const json::value* reason = map->if_contains("reason");
    if (!kind || *kind > static_cast<std::uint8_t>(Reply::Kind::lost) || !exception || !bytes ||
        reason == nullptr || !reason->is_string()) {
        return not_read("a reply");
    }
    data = std::move(*bytes);
    Reply reply;
    reply.kind = static_cast<Reply::Kind>(*kind);
    reply.exception = *exception;
    reply.data = data;
    reply.reason = reason->get_string();
    return reply;
}

}  // namespace fieldway::modbus
