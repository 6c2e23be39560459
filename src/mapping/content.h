// What one message says, before it is bytes: what every encoder gets.
#pragma once

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

/// Encoders are functions from this to bytes, one file pair a format (json_encoder.h); the mapper
/// chooses by the message's format.
struct Content {
    std::string_view timestamp_key;
    config::TimestampFormat timestamp_format = config::TimestampFormat::rfc3339;
    WallTime time{};              ///< acquisition of the newest sample
    std::vector<Sample> samples;  ///< in the order of the configuration
};

}  // namespace fieldway::mapping
