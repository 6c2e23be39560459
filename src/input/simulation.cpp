#include "input/simulation.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "base/json_text.h"

namespace fieldway::input {

namespace json = boost::json;

namespace {

void keep_text(void* context, fieldway_bytes result) {
    static_cast<std::string*>(context)->assign(static_cast<const char*>(result.data), result.size);
}

/// The members stand at the end of the struct: an older plugin's may end before them.
bool can_simulate(const fieldway_plugin_api* api) {
    constexpr std::size_t needed = offsetof(fieldway_plugin_api, simulate_table) + sizeof(char*);
    return api != nullptr && api->size >= needed && api->simulate != nullptr &&
           api->stop_simulation != nullptr && api->simulate_table != nullptr;
}

/// What the plugin said when it refused.
std::vector<Problem> problems_in(const std::string& told) {
    auto problems = problems_from_json(told);
    if (problems && !problems->empty()) return std::move(*problems);
    return {{"", "the plugin refused it without a reason", false}};
}

}  // namespace

std::optional<OptionTable> simulation_table(const PluginLibrary& plugin) {
    if (!can_simulate(plugin.api)) return std::nullopt;
    boost::system::error_code error;
    const json::value parsed = json::parse(plugin.api->simulate_table, error);
    if (error) return std::nullopt;
    auto table = option_table_from_json(parsed);
    if (!table) return std::nullopt;
    return std::move(*table);
}

std::optional<Simulation> Simulation::start(const PluginLibrary& plugin,
                                            const json::object& options,
                                            std::vector<Problem>& problems) {
    if (!can_simulate(plugin.api)) {
        problems.push_back({"", "the plugin " + plugin.name + " simulates nothing", false});
        return std::nullopt;
    }
    const std::string text = to_json_text(json::value(options));
    std::string told;
    std::unique_ptr<fieldway_simulation, Stop> running(
        plugin.api->simulate({text.data(), text.size()}, keep_text, &told), Stop{plugin.api});
    if (!running) {
        for (Problem& problem : problems_in(told))
            problems.push_back(std::move(problem));
        return std::nullopt;
    }
    boost::system::error_code error;
    json::value address = json::parse(told, error);
    if (error || !address.is_object()) address = json::object();
    return Simulation(std::move(running), std::move(address.get_object()));
}

}  // namespace fieldway::input
