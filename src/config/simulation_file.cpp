#include "config/simulation_file.h"

#include <algorithm>
#include <utility>

#include "config/checker.h"
#include "config/entry_marks.h"
#include "config/files.h"

namespace fieldway::config {

namespace {

constexpr const char* list_name = "simulate";

void read_entry(const Node& node, const std::map<std::string, OptionTable>& tables,
                SimulationFile& into, Diagnostics& diagnostics) {
    const Node* plugin = node.value_of("plugin");
    if (plugin == nullptr || plugin->kind != Node::Kind::scalar) {
        diagnostics.error(node.place, "the entry names no plugin; write plugin: modbus");
        return;
    }
    const auto table = tables.find(plugin->text);
    if (table == tables.end()) {
        std::vector<std::string> known;
        known.reserve(tables.size());
        for (const auto& entry : tables)
            known.push_back(entry.first);
        diagnostics.error(plugin->place, "no plugin " + plugin->shown() +
                                             " was found that simulates anything" +
                                             hint_of(plugin->text, known));
        return;
    }
    OptionTable with_plugin = table->second;
    with_plugin.push_back(option("plugin", OptionType::text, "which plugin plays it").required());
    CheckedMap checked =
        check_map(with_plugin, node, "a simulation", UnknownKeys::refused, diagnostics);
    checked.values.erase("plugin");
    into.entries.push_back({plugin->text, std::move(checked.values), {}});
    mark_simulation(into.entries.back().marks, node);
}

}  // namespace

bool SimulationFile::ok() const {
    return without_errors(diagnostics);
}

SimulationFile load_simulations(const std::filesystem::path& file,
                                const std::map<std::string, OptionTable>& tables,
                                const Environment& environment) {
    Diagnostics diagnostics;
    SimulationFile loaded;
    const Files files = read_files(file, environment, diagnostics);
    loaded.diagnostics = diagnostics.take_sorted();
    const Node& root = files.front().root;
    const Place whole{&files.front().name, 0, 0};
    for (const Node::Entry& entry : root.entries) {
        if (entry.key != list_name) {
            diagnostics.error(entry.key_place, shown_text(entry.key) +
                                                   " is no key of a file of simulations; only "
                                                   "simulate is");
        }
    }
    const Node* list = root.value_of(list_name);
    if (list == nullptr && !loaded.ok()) {
        // It could not be read: what is missing in it is no news.
    } else if (list == nullptr || list->kind != Node::Kind::list) {
        diagnostics.error(list == nullptr ? whole : list->place,
                          "the file has no list `simulate:` of devices to play");
    } else if (list->items.empty()) {
        diagnostics.error(
            list->place,
            "nothing to simulate: the list is empty; an entry names a plugin and what "
            "it plays");
    } else {
        for (const Node& node : list->items)
            read_entry(node, tables, loaded, diagnostics);
    }
    for (Diagnostic& diagnostic : diagnostics.take_sorted())
        loaded.diagnostics.push_back(std::move(diagnostic));
    std::stable_sort(loaded.diagnostics.begin(), loaded.diagnostics.end(),
                     [](const auto& a, const auto& b) { return a.mark < b.mark; });
    return loaded;
}

}  // namespace fieldway::config
