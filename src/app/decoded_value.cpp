#include "app/decoded_value.h"

#include <string>

namespace fieldway::app {

namespace json = boost::json;

Value decoded_value(const json::object& line) {
    const json::value* value = line.if_contains("value");
    if (value == nullptr) return NoValue{};
    const json::value* type = line.if_contains("type");
    const bool is_float = type != nullptr && type->is_string() && type->get_string() == "float32";
    if (is_float && value->is_number()) return value->to_number<float>();
    if (value->is_bool()) return value->get_bool();
    if (value->is_int64()) return value->get_int64();
    if (value->is_uint64()) return value->get_uint64();
    if (value->is_double()) return value->get_double();
    if (value->is_string()) return std::string(value->get_string());
    return NoValue{};
}

}  // namespace fieldway::app
