#include "input/simulation.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "base/json_text.h"
#include "plugin_api/input_config.h"

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
std::string sentence_of(const std::string& told) {
    const auto problems = problems_from_json(told);
    if (!problems || problems->empty()) return "the plugin refused it without a reason";
    const Problem& first = problems->front();
    return first.pointer.empty() ? first.sentence : first.pointer + ": " + first.sentence;
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

Result<Simulation> Simulation::start(const PluginLibrary& plugin, const json::object& options) {
    if (!can_simulate(plugin.api)) {
        return Error::stop_device("the plugin " + plugin.name + " simulates nothing");
    }
    const std::string text = to_json_text(json::value(options));
    std::string told;
    std::unique_ptr<fieldway_simulation, Stop> running(
        plugin.api->simulate({text.data(), text.size()}, keep_text, &told), Stop{plugin.api});
    if (!running) return Error::stop_device(sentence_of(told));
    boost::system::error_code error;
    json::value address = json::parse(told, error);
    if (error || !address.is_object()) address = json::object();
    return Simulation(std::move(running), std::move(address.get_object()));
}

}  // namespace fieldway::input
