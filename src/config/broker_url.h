// Where a broker listens.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace fieldway::config {

struct BrokerUrl {
    bool secure = false;
    std::string host;  ///< a name or an address; an IPv6 address without its brackets
    std::uint16_t port = 0;

    friend bool operator==(const BrokerUrl&, const BrokerUrl&) = default;
};

/// mqtt://HOST[:PORT] (1883) or mqtts://HOST[:PORT] (8883). The error never shows what may be a
/// password.
Result<BrokerUrl> parse_broker_url(std::string_view text);

}  // namespace fieldway::config
