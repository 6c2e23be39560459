#include <algorithm>
#include <csignal>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/json.hpp>

#include "app/configuration.h"
#include "app/verbs.h"
#include "base/json_text.h"
#include "config/simulation_file.h"
#include "input/simulation.h"
#include "service/process.h"

namespace fieldway::app {

namespace json = boost::json;

namespace {

std::map<std::string, OptionTable> tables_of(const std::vector<input::PluginLibrary>& plugins) {
    std::map<std::string, OptionTable> tables;
    for (const auto& plugin : plugins) {
        if (auto table = input::simulation_table(plugin)) {
            tables.emplace(plugin.name, std::move(*table));
        }
    }
    return tables;
}

void print_address(const CommonArguments& arguments, const std::string& plugin,
                   const json::object& address) {
    if (arguments.json) {
        json::object line{{"plugin", plugin}};
        line.insert(address.begin(), address.end());
        std::cout << to_json_text(line) << std::endl;
        return;
    }
    std::cout << plugin;
    for (const auto& member : address) {
        std::cout << "  " << member.key() << ' '
                  << (member.value().is_string() ? std::string(member.value().get_string())
                                                 : to_json_text(member.value()));
    }
    std::cout << std::endl;
}

}  // namespace

int simulate_verb(const CommonArguments& arguments, const std::filesystem::path& file) {
    service::ignore_broken_pipes();
    const auto plugins = find_plugins_for(arguments.config);
    const config::SimulationFile loaded =
        config::load_simulations(file, tables_of(plugins), loader_context(plugins).environment);
    print_diagnostics(loaded.diagnostics);
    if (!loaded.ok()) return exit_configuration;

    boost::asio::io_context core(1);
    boost::asio::signal_set signals(core, SIGTERM, SIGINT);
    signals.async_wait([&](boost::system::error_code, int) { core.stop(); });
    std::vector<input::Simulation> running;
    int status = exit_done;
    for (const config::SimulationEntry& entry : loaded.entries) {
        std::vector<Problem> problems;
        auto simulation =
            input::Simulation::start(*find_plugin(plugins, entry.plugin), entry.options, problems);
        if (simulation) running.push_back(std::move(*simulation));
        for (const Problem& problem : problems) {
            print_diagnostics(
                {config::Diagnostic{entry.marks.find("", problem.pointer), problem.sentence}});
            status = std::max(status, problem.pointer.empty() ? exit_failed : exit_configuration);
        }
    }
    // What is wrong with any of them is told before one is.
    if (status != exit_done) return status;
    for (std::size_t i = 0; i < running.size(); ++i)
        print_address(arguments, loaded.entries[i].plugin, running[i].address());
    core.run();
    return exit_done;
}

}  // namespace fieldway::app
