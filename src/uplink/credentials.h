// The secret of a connect: a password given in the configuration from the environment, or read from
// a file, or a token signed with the device's key. Made anew for each connect, so that a new file
// takes effect without a restart.
#pragma once

#include <filesystem>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "config/gateway_config.h"
#include "flow/device_id.h"
#include "uplink/signing_key.h"

namespace fieldway::uplink {

/// Which of a device's keys signs: auth.key_file, or auth.next_key_file.
enum class WhichKey : std::uint8_t { present, next };

/// The key that signs a device's tokens; an error names the file and what to do. Not on the core
/// thread: it reads the file.
Result<SigningKey> device_key(const config::UplinkOptions& uplink, const DeviceId& device,
                              WhichKey which);

/// What a connect needs.
struct Secret {
    std::string text;
    Duration life{};     ///< from when it was made; zero: it does not expire
    WallTime expires{};  ///< by the wall clock, as the broker reads it
};

/// Reads a small local file when the configuration names one, and may sign: not on the core thread.
/// Empty for method none. An error names the file, never what is in it. `now` is what a token says
/// of its time.
Result<Secret> make_secret(const config::UplinkOptions& uplink, const DeviceId& device,
                           WhichKey key, WallTime now);

/// The file that make_secret would read; empty: it reads none.
std::filesystem::path secret_file_of(const config::UplinkOptions& uplink, const DeviceId& device,
                                     WhichKey key);
/// Whether make_secret would touch a file.
bool secret_is_in_a_file(const config::AuthOptions& auth);

}  // namespace fieldway::uplink
