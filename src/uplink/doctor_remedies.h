// What to do about each thing that can stand in a device's way. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "config/uplink_options.h"
#include "flow/device_id.h"
#include "uplink/probe.h"

namespace fieldway::uplink {

std::string tcp_remedy(const config::UplinkOptions& uplink);
std::string handshake_remedy(const config::UplinkOptions& uplink, const Error& error);
/// For a chain that is not trusted: which root is missing, which name was meant, whose clock is
/// wrong.
std::string trust_remedy(const SeenTls& seen, const config::UplinkOptions& uplink, WallTime now);
/// The broker closed, or said nothing, instead of a CONNACK.
std::string silent_login_remedy(const config::UplinkOptions& uplink);
/// `reason`: of the CONNACK.
std::string login_remedy(const config::UplinkOptions& uplink, const DeviceId& device,
                         std::uint8_t reason);

}  // namespace fieldway::uplink
