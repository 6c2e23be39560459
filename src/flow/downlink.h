// SESSION -Downlink-> COMMAND ROUTER
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "flow/device_id.h"

namespace fieldway {

/// What the platform sent to a device, as it arrived.
struct Downlink {
    /// A larger payload is dropped where it arrives: `payload` is empty then, `bytes` tells.
    static constexpr std::size_t most_bytes = 64 * 1024;

    std::string uplink;
    DeviceId device;
    std::string subtopic;  ///< levels below the device's downlink topic, none empty; "" is itself
    std::string payload;
    std::size_t bytes = 0;    ///< of the payload that was sent
    std::string correlation;  ///< MQTT 5 correlation data: any bytes; "" when there is none
    bool again = false;       ///< the broker says that it may have sent it before (DUP)
    bool retained = false;    ///< the broker kept it, and sends it at each subscription
    MonotonicTime arrived{};

    [[nodiscard]] bool too_large() const { return bytes > most_bytes; }
    friend bool operator==(const Downlink&, const Downlink&) = default;
};

}  // namespace fieldway
