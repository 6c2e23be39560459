#include "flow/time_place.h"

#include <algorithm>
#include <chrono>

#include "base/bytes.h"

namespace fieldway {

namespace {

template <class Writer, class Number>
std::string packed(Number number) {
    Bytes bytes;
    Writer(bytes).number(number);
    return std::string(as_text(bytes));
}

std::string text_of(TimePlace::Form form, WallTime wall) {
    using enum TimePlace::Form;
    const std::int64_t milliseconds = wall.time_since_epoch().count();
    const std::int64_t seconds =
        std::chrono::floor<std::chrono::seconds>(wall).time_since_epoch().count();
    switch (form) {
        case rfc3339:
            return fieldway::rfc3339(wall);
        case json_rfc3339:
            return '"' + fieldway::rfc3339(wall) + '"';
        case unix_ms:
            return std::to_string(milliseconds);
        case unix_s:
            return std::to_string(seconds);
        case big_ms:
            return packed<BigEndianWriter>(milliseconds);
        case little_ms:
            return packed<LittleEndianWriter>(milliseconds);
        case big_s:
            return packed<BigEndianWriter>(static_cast<std::uint32_t>(seconds));
        case little_s:
            return packed<LittleEndianWriter>(static_cast<std::uint32_t>(seconds));
    }
    return "";
}

}  // namespace

std::string filled(std::string_view payload, std::span<const TimePlace> places,
                   const std::function<std::optional<WallTime>(MonotonicTime)>& wall_of) {
    std::string out;
    out.reserve(payload.size() + places.size() * TimePlace::most_growth);
    std::size_t taken = 0;
    for (const TimePlace& place : places) {
        // A place that is none, as of a damaged file, is left out.
        const std::size_t end = std::size_t{place.offset} + place.length;
        if (place.offset < taken || end > payload.size()) continue;
        const auto wall = wall_of(place.at);
        if (!wall) continue;
        out += payload.substr(taken, place.offset - taken);
        out += text_of(place.form, *wall);
        taken = end;
    }
    return out += payload.substr(taken);
}

}  // namespace fieldway
