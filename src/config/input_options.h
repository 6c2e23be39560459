// An input: one bus, line or radio; a plugin and its options.
#pragma once

#include <string>

#include <boost/json.hpp>

#include "plugin_api/options.h"

namespace fieldway::config {

struct InputOptions {
    std::string name;
    std::string plugin;
    boost::json::object options;  ///< checked against the plugin's table

    friend bool operator==(const InputOptions&, const InputOptions&) = default;
};

/// The keys of every input; a plugin's own stand beside them.
OptionTable input_table();
/// With those of the plugin; where both know a name, the common one holds.
OptionTable input_table(const OptionTable& of_plugin);

/// The part of checked values that belongs to the plugin's table.
boost::json::object part_of(const boost::json::object& values, const OptionTable& common,
                            const OptionTable& of_plugin);
/// One table after the other, names of the first holding.
OptionTable with(OptionTable common, const OptionTable& of_plugin);

}  // namespace fieldway::config
