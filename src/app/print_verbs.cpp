// Verbs that print what the program knows of itself: schema, plugins, version.
#include <algorithm>
#include <iomanip>
#include <iostream>
#include <map>
#include <string>

#include <boost/json.hpp>
#include <boost/version.hpp>

#include "app/configuration.h"
#include "app/verbs.h"
#include "base/json_text.h"
#include "profile/profile_table.h"

namespace fieldway::app {

namespace json = boost::json;

namespace {

std::map<std::string, PluginTables> tables_of(const std::vector<input::PluginLibrary>& plugins) {
    std::map<std::string, PluginTables> tables;
    for (const auto& plugin : plugins) {
        if (plugin.api != nullptr) tables.emplace(plugin.name, plugin.tables);
    }
    return tables;
}

std::vector<input::PluginLibrary> plugins_of(const CommonArguments& arguments) {
    return find_plugins_for(arguments.config);
}

}  // namespace

int schema_verb(const CommonArguments& arguments, bool markdown) {
    const auto tables = tables_of(plugins_of(arguments));
    if (markdown) {
        std::cout << config::reference_page(tables) << profile::reference_section();
    } else {
        std::cout << to_pretty_json(config::json_schema(tables)) << '\n';
    }
    return exit_done;
}

int plugins_verb(const CommonArguments& arguments) {
    const auto plugins = plugins_of(arguments);
    if (arguments.json) {
        json::array list;
        for (const auto& plugin : plugins) {
            json::object entry{{"name", plugin.name}, {"file", plugin.file.string()}};
            if (plugin.api == nullptr) {
                entry["refused"] = plugin.refused;
            } else {
                entry["version"] = plugin.version;
                entry["summary"] = plugin.summary;
            }
            list.push_back(std::move(entry));
        }
        std::cout << to_json_text(list) << '\n';
        return exit_done;
    }
    std::size_t width = 0;
    for (const auto& plugin : plugins)
        width = std::max(width, plugin.name.size());
    for (const auto& plugin : plugins) {
        std::cout << std::left << std::setw(static_cast<int>(width) + 2) << plugin.name;
        if (plugin.api == nullptr) {
            std::cout << "refused: " << plugin.refused << '\n';
        } else {
            std::cout << plugin.version << "  " << plugin.summary << '\n';
        }
    }
    if (plugins.empty()) {
        std::cerr << "no plugin was found in";
        for (const auto& folder : places_of(arguments.config).plugin_dirs)
            std::cerr << ' ' << folder;
        std::cerr << "; name their folder with gateway.plugin_dir\n";
        return exit_failed;
    }
    return exit_done;
}

int version_verb(const CommonArguments& arguments) {
    const std::string boost =
        std::to_string(BOOST_VERSION / 100000) + "." + std::to_string(BOOST_VERSION / 100 % 1000);
    if (arguments.json) {
        std::cout << to_json_text(json::object{{"version", FIELDWAY_VERSION},
                                               {"build", FIELDWAY_BUILD},
                                               {"compiler", FIELDWAY_COMPILER},
                                               {"abi", FIELDWAY_ABI_VERSION},
                                               {"boost", boost}})
                  << '\n';
    } else {
        std::cout << "fieldway " << FIELDWAY_VERSION << " (" << FIELDWAY_BUILD << ", "
                  << FIELDWAY_COMPILER << ", Boost " << boost << ", plugin ABI "
                  << FIELDWAY_ABI_VERSION << ")\n";
    }
    return exit_done;
}

}  // namespace fieldway::app
