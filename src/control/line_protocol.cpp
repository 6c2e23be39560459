#include "control/line_protocol.h"

#include "base/json_text.h"

namespace fieldway::control {

namespace json = boost::json;

namespace {

Result<json::object> parse_object(std::string_view line) {
    boost::system::error_code error;
    json::value value = json::parse(line, error);
    if (error) return Error::drop_item("the line is no JSON: " + error.message());
    if (!value.is_object()) return Error::drop_item("the line is no JSON object");
    return std::move(value.as_object());
}

}  // namespace

Result<Request> parse_request(std::string_view line) {
    auto object = parse_object(line);
    if (!object) return object.error();
    const json::value* verb = object->if_contains("verb");
    if (verb == nullptr || !verb->is_string()) {
        return Error::drop_item(R"(the request names no verb; write {"verb": "status"})");
    }
    std::string name(verb->as_string());
    return Request{std::move(name), std::move(*object)};
}

std::string answer_line(const Result<json::value>& answer) {
    json::object line;
    line["ok"] = answer.has_value();
    if (answer) {
        line["result"] = *answer;
    } else {
        line["error"] = answer.error().text();
    }
    return to_json_text(json::value(line)) + '\n';
}

Result<json::value> parse_answer(std::string_view line) {
    auto object = parse_object(line);
    if (!object) return object.error();
    const json::value* ok = object->if_contains("ok");
    if (ok != nullptr && ok->is_bool() && ok->as_bool()) {
        const json::value* result = object->if_contains("result");
        return result != nullptr ? *result : json::value();
    }
    const json::value* error = object->if_contains("error");
    if (error != nullptr && error->is_string()) {
        return Error::drop_item(std::string(error->as_string()));
    }
    return Error::drop_item("the gateway's answer has neither `ok` nor `error`");
}

}  // namespace fieldway::control
