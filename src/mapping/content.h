// What one message says, before it is bytes: what every encoder gets.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/value.h"
#include "config/gateway_config.h"
#include "flow/time_place.h"

namespace fieldway::mapping {

/// A named value; both are borrowed from the mapper.
struct Sample {
    std::string_view name;
    const Value* value = nullptr;
};

/// Encoders are functions from this to bytes, one file pair a format (json_encoder.h); encoder.h
/// chooses by the message's format.
struct Content {
    std::string_view timestamp_key;
    config::TimestampFormat timestamp_format = config::TimestampFormat::rfc3339;
    Timestamp time{};             ///< acquisition of the newest sample
    std::vector<Sample> samples;  ///< in the order of the configuration
    std::string_view device{};
    /// Where the payload lacks its time, which is not settled yet; null: nobody asks.
    std::vector<TimePlace>* lacks = nullptr;

    /// The value of a name; null when the message does not say it.
    [[nodiscard]] const Value* find(std::string_view name) const;
};

/// The time as its format writes it, without quotes. Empty of format none, and while the time is
/// not settled.
std::string timestamp_text(const Content& content);

/// Notes that the payload lacks the time at this offset, if it does: what fills it in later, in
/// place of `length` bytes that say that there is none. `quoted`: as a JSON string.
void note_lacking(const Content& content, std::size_t offset, std::size_t length, bool quoted);

/// A value as a text that is not JSON writes it: texts as they are (as UTF-8), everything else as
/// JSON does. Nothing for no value, NaN and infinities.
std::optional<std::string> plain_text(const Value& value);

}  // namespace fieldway::mapping
