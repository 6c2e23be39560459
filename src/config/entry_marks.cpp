#include "config/entry_marks.h"

#include "config/checker.h"

namespace fieldway::config {

namespace {

/// Marks of a value and of all that is in it.
void mark_tree(MarkMap& marks, const std::string& input, const std::string& pointer,
               const Node& node) {
    marks.put(input, pointer, node.place.mark());
    for (const Node::Entry& entry : node.entries) {
        mark_tree(marks, input, pointer + pointer_part(entry.key), entry.value);
    }
    for (std::size_t i = 0; i < node.items.size(); ++i) {
        mark_tree(marks, input, pointer + "/" + std::to_string(i), node.items[i]);
    }
}

/// A plugin's options stand beside the common keys in the file, and under `options` in what the
/// plugin is told.
void mark_entries(MarkMap& marks, const std::string& input, const std::string& pointer,
                  const Node& node, const OptionTable& of_plugin) {
    marks.put(input, pointer, node.place.mark());
    for (const Node::Entry& entry : node.entries) {
        if (entry.key == "points") continue;
        const bool own = find_option(of_plugin, entry.key) != nullptr;
        mark_tree(marks, input, pointer + (own ? "/options" : "") + pointer_part(entry.key),
                  entry.value);
    }
}

}  // namespace

void mark_input(MarkMap& marks, const std::string& input, const Node& node,
                const OptionTable& of_plugin) {
    mark_entries(marks, input, "", node, of_plugin);
}

void mark_device(MarkMap& marks, const std::string& input, std::size_t number, const Node& node,
                 const PluginTables& of_plugin) {
    const std::string pointer = "/devices/" + std::to_string(number);
    mark_entries(marks, input, pointer, node, of_plugin.device);
    const Node* points = node.value_of("points");
    if (points == nullptr) return;
    marks.put(input, pointer + "/points", points->place.mark());
    for (std::size_t i = 0; i < points->items.size(); ++i) {
        mark_entries(marks, input, pointer + "/points/" + std::to_string(i), points->items[i],
                     of_plugin.point);
    }
}

void mark_simulation(MarkMap& marks, const Node& node) {
    mark_tree(marks, "", "", node);
}

}  // namespace fieldway::config
