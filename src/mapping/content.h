// What one message says, before it is bytes: what every encoder gets.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/value.h"
#include "config/gateway_config.h"

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
    WallTime time{};              ///< acquisition of the newest sample
    std::vector<Sample> samples;  ///< in the order of the configuration
    std::string_view device{};

    /// The value of a name; null when the message does not say it.
    [[nodiscard]] const Value* find(std::string_view name) const;
};

/// The time as its format writes it, without quotes. Of format none: empty.
std::string timestamp_text(const Content& content);

/// A value as a text that is not JSON writes it: texts as they are (as UTF-8), everything else as
/// JSON does. Nothing for no value, NaN and infinities.
std::optional<std::string> plain_text(const Value& value);

}  // namespace fieldway::mapping
