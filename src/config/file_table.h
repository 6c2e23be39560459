// The keys of a file's top level.
#pragma once

#include <map>
#include <string>

#include "plugin_api/options.h"

namespace fieldway::config {

/// Of the file that is named on the command line. The entries of uplinks, inputs and devices have
/// their own tables.
OptionTable file_table();
/// Of a file that is included.
OptionTable included_file_table();

}  // namespace fieldway::config
