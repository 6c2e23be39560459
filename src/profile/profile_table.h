// What a profile's file may hold: keys about the device type, and most of the keys of a device's
// entry.
#pragma once

#include <string>

#include "plugin_api/options.h"

namespace fieldway::profile {

/// The keys that a device's entry does not have: maker, model, plugin, source ...
OptionTable header_table();
/// One entry of `examples`. What is not in it belongs to the plugin's decoder.
OptionTable example_table();

/// The section of docs/configuration.md.
std::string reference_section();

}  // namespace fieldway::profile
