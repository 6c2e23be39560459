// The file of `fieldway simulate`: a list `simulate:` whose entries name a plugin and what it shall
// play.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "config/diagnostic.h"
#include "config/environment.h"
#include "config/mark_map.h"
#include "plugin_api/options.h"

namespace fieldway::config {

struct SimulationEntry {
    std::string plugin;
    boost::json::object options;  ///< checked against the plugin's table of simulations
    MarkMap marks;                ///< of the entry and of all that is in it, under the name ""
};

struct SimulationFile {
    std::vector<SimulationEntry> entries;  ///< meaningful only without errors
    std::vector<Diagnostic> diagnostics;   ///< sorted by place

    [[nodiscard]] bool ok() const;
};

/// `tables`: of the plugins that can simulate, by name.
SimulationFile load_simulations(const std::filesystem::path& file,
                                const std::map<std::string, OptionTable>& tables,
                                const Environment& environment);

}  // namespace fieldway::config
