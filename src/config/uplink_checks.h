// What a table cannot say of an uplink: combinations, topics, and the files of secrets.
#pragma once

#include "config/checker.h"
#include "config/diagnostic.h"
#include "config/uplink_options.h"

namespace fieldway::config {

/// Looks at the files that hold secrets (there, readable by others), and at nothing else outside.
void check_uplink(const UplinkOptions& uplink, const CheckedMap& checked, Diagnostics& diagnostics);

}  // namespace fieldway::config
