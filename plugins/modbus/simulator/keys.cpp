#include "modbus/simulator/keys.h"

#include <utility>

#include "base/quantity_text.h"

namespace fieldway::modbus::simulator {

namespace json = boost::json;

Keys::Keys(const json::value& value) : object_(value.if_object()) {
    if (object_ == nullptr) fail("a mapping is expected here");
}

const json::value* Keys::get(std::string_view key) {
    read_.emplace_back(key);
    const json::value* value = object_ == nullptr ? nullptr : object_->if_contains(key);
    return value == nullptr || value->is_null() ? nullptr : value;
}

std::string Keys::text(std::string_view key, std::string preset) {
    const json::value* value = get(key);
    if (value == nullptr) return preset;
    if (value->is_string()) return std::string(value->as_string());
    fail(fmt::format("{} is {}: a text is expected", key, json::serialize(*value)));
    return preset;
}

double Keys::number(std::string_view key, double preset, double least, double most) {
    const json::value* value = get(key);
    if (value == nullptr) return preset;
    if (!value->is_number()) {
        fail(fmt::format("{} is {}: a number is expected", key, json::serialize(*value)));
        return preset;
    }
    const auto number = value->to_number<double>();
    if (number >= least && number <= most) return number;
    fail(fmt::format("{} is {}: it must be {} to {}", key, number, least, most));
    return preset;
}

bool Keys::boolean(std::string_view key, bool preset) {
    const json::value* value = get(key);
    if (value == nullptr) return preset;
    if (value->is_bool()) return value->as_bool();
    fail(fmt::format("{} is {}: true or false is expected", key, json::serialize(*value)));
    return preset;
}

Duration Keys::duration(std::string_view key, Duration preset, Duration least) {
    const json::value* value = get(key);
    if (value == nullptr) return preset;
    std::optional<Duration> read;
    if (value->is_int64()) read = Duration(value->as_int64());
    if (value->is_string()) read = parse_duration(value->as_string());
    if (read && *read >= least) return *read;
    fail(fmt::format("{} is {}: a duration of at least {} is expected, as 500ms or 10s", key,
                     json::serialize(*value), fieldway::to_text(least)));
    return preset;
}

void Keys::fail(std::string sentence) {
    if (!problem_) problem_ = Error::drop_item(std::move(sentence));
}

std::optional<Error> Keys::problem() {
    if (problem_ || object_ == nullptr) return problem_;
    for (const auto& member : *object_) {
        if (std::find(read_.begin(), read_.end(), member.key()) == read_.end()) {
            fail(fmt::format("{} is no key here: {}", std::string_view(member.key()),
                             fmt::join(read_, ", ")));
        }
    }
    return problem_;
}

}  // namespace fieldway::modbus::simulator
