// The secret of an uplink: given in the configuration from the environment, or read from a file at
// each connect, so that a new one takes effect without a restart.
#pragma once

#include <string>

#include "base/error.h"
#include "config/gateway_config.h"

namespace fieldway::uplink {

/// Reads a small local file when the configuration names one: not on the core thread. Empty for
/// method none. An error names the file, never what is in it.
Result<std::string> read_secret(const config::AuthOptions& auth);

/// Whether read_secret would touch a file.
bool secret_is_in_a_file(const config::AuthOptions& auth);

}  // namespace fieldway::uplink
