#include "modbus/simulator/keys.h"

#include <optional>
#include <utility>

#include "base/nearest_name.h"
#include "base/quantity_text.h"

namespace fieldway::modbus::simulator {

namespace json = boost::json;

Keys::Keys(const json::value& value, std::string pointer, std::vector<Problem>& problems)
    : object_(value.if_object()), pointer_(std::move(pointer)), problems_(problems) {
    if (object_ == nullptr) problems_.push_back({pointer_, "a mapping is expected here", false});
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
    fail(key, fmt::format("{} is {}: a text is expected", key, json::serialize(*value)));
    return preset;
}

double Keys::number(std::string_view key, double preset, double least, double most) {
    const json::value* value = get(key);
    if (value == nullptr) return preset;
    if (!value->is_number()) {
        fail(key, fmt::format("{} is {}: a number is expected", key, json::serialize(*value)));
        return preset;
    }
    const auto number = value->to_number<double>();
    if (number >= least && number <= most) return number;
    fail(key, fmt::format("{} is {}: it must be {} to {}", key, number, least, most));
    return preset;
}

bool Keys::boolean(std::string_view key, bool preset) {
    const json::value* value = get(key);
    if (value == nullptr) return preset;
    if (value->is_bool()) return value->as_bool();
    fail(key, fmt::format("{} is {}: true or false is expected", key, json::serialize(*value)));
    return preset;
}

Duration Keys::duration(std::string_view key, Duration preset, Duration least) {
    const json::value* value = get(key);
    if (value == nullptr) return preset;
    std::optional<Duration> read;
    if (value->is_int64()) read = Duration(value->as_int64());
    if (value->is_string()) read = parse_duration(value->as_string());
    if (read && *read >= least) return *read;
    fail(key, fmt::format("{} is {}: a duration of at least {} is expected, as 500ms or 10s", key,
                          json::serialize(*value), fieldway::to_text(least)));
    return preset;
}

void Keys::fail(std::string_view key, std::string sentence) {
    problems_.push_back({place_of(key), std::move(sentence), false});
}

std::string Keys::place_of(std::string_view key) const {
    std::string place = pointer_ + "/";
    for (const char c : key)  // RFC 6901, clause 3
        place += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    return place;
}

void Keys::end() {
    if (object_ == nullptr) return;
    for (const auto& member : *object_) {
        if (std::find(read_.begin(), read_.end(), member.key()) != read_.end()) continue;
        const std::string key(member.key());
        const std::string nearest = nearest_name(key, read_);
        fail(key,
             fmt::format("unknown key {}{}", key,
                         nearest.empty() ? fmt::format(": {} are known", fmt::join(read_, ", "))
                                         : "; did you mean " + nearest + "?"));
    }
}

}  // namespace fieldway::modbus::simulator
