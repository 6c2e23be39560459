// Where the parts of an entry stand, by the names that a plugin has for them (mark_map.h).
#pragma once

#include <cstddef>
#include <string>

#include "config/mark_map.h"
#include "config/node.h"
#include "plugin_api/options.h"

namespace fieldway::config {

void mark_input(MarkMap& marks, const std::string& input, const Node& node,
                const OptionTable& of_plugin);
/// `number`: the device's place among those of its input.
void mark_device(MarkMap& marks, const std::string& input, std::size_t number, const Node& node,
                 const PluginTables& of_plugin);

/// An entry of a file of simulations, under the name "": all of it is its plugin's.
void mark_simulation(MarkMap& marks, const Node& node);

}  // namespace fieldway::config
