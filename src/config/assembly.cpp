#include "config/assembly.h"

#include <utility>

#include "config/entry_marks.h"
#include "config/file_table.h"

namespace fieldway::config {

void Assembly::run() {
    check_top_level();
    const GatewayOptions& defaults = context_.defaults;
    section("gateway", gateway_table(),
            [&](const CheckedMap& checked) { config.gateway = make_gateway(checked, defaults); });
    section("log", log_table(), [&](const CheckedMap& checked) { config.log = make_log(checked); });
    section("queue", queue_table(),
            [&](const CheckedMap& checked) { config.queue = make_queue(checked, diagnostics_); });
    section("admin", admin_table(), [](const CheckedMap&) {});
    add_uplinks();
    add_inputs();
    add_devices();
}

void Assembly::check_top_level() {
    const OptionTable whole = file_table();
    const OptionTable included = included_file_table();
    for (const SourceFile& file : files_) {
        const bool first = &file == &files_.front();
        if (file.root.kind != Node::Kind::map && file.root.kind != Node::Kind::null) {
            diagnostics_.error(file.root.place,
                               "the file is " + std::string(name_of(file.root.kind)) +
                                   "; it must be a mapping with keys such as devices");
            continue;
        }
        for (const Node::Entry& entry : file.root.entries) {
            const OptionTable& table = first ? whole : included;
            if (find_option(table, entry.key) != nullptr) continue;
            if (find_option(whole, entry.key) != nullptr) {
                diagnostics_.error(entry.key_place, entry.key + " belongs into the first file, " +
                                                        files_.front().name);
            } else {
                diagnostics_.error(entry.key_place, "unknown key " + shown_text(entry.key) +
                                                        hint_of(entry.key, names_of(table)));
            }
        }
    }
}

template <class Section>
void Assembly::section(const char* name, const OptionTable& table, Section make) {
    static const Node absent;
    const Node* node = files_.empty() ? nullptr : files_.front().root.value_of(name);
    make(check_map(table, node == nullptr ? absent : *node, name, UnknownKeys::refused,
                   diagnostics_));
}

std::vector<const Node*> Assembly::entries_of(const char* list) {
    std::vector<const Node*> entries;
    for (const SourceFile& file : files_) {
        const Node* node = file.root.value_of(list);
        if (node == nullptr || node->kind == Node::Kind::null) continue;
        if (node->kind != Node::Kind::list) {
            diagnostics_.error(node->place,
                               std::string(list) + " is " + std::string(name_of(node->kind)) +
                                   "; it must be a list: each entry begins with a dash");
            continue;
        }
        for (const Node& item : node->items)
            entries.push_back(&item);
    }
    return entries;
}

bool Assembly::remember(Names& names, const std::string& kind, const std::string& name,
                        const Place& place, std::size_t index) {
    const auto [first, is_new] = names.emplace(name, Named{place, index});
    if (!is_new) {
        diagnostics_.error(place, "the " + kind + " " + shown_text(name) +
                                      " is named a second time; the first is at " +
                                      to_text(first->second.place.mark()));
    }
    return is_new;
}

void Assembly::add_uplinks() {
    const OptionTable table = uplink_table();
    for (const Node* node : entries_of("uplinks")) {
        const CheckedMap checked =
            check_map(table, *node, "an uplink", UnknownKeys::refused, diagnostics_);
        UplinkOptions uplink = make_uplink(checked, diagnostics_);
        if (checked.sound("name")) {
            remember(uplinks_, "uplink", uplink.name, checked.place("name"), config.uplinks.size());
        }
        config.uplinks.push_back(std::move(uplink));
    }
}

Assembly::Tables Assembly::tables_of_plugin(const std::string& plugin) const {
    const auto found = context_.plugins.find(plugin);
    if (found == context_.plugins.end()) return {{}, UnknownKeys::ignored};
    return {found->second, UnknownKeys::refused};
}

void Assembly::check_plugin(const CheckedMap& checked, const std::string& input,
                            const std::string& plugin) {
    if (!checked.sound("plugin") || context_.plugins.contains(plugin)) return;
    const auto refused = context_.refused_plugins.find(plugin);
    if (refused != context_.refused_plugins.end()) {
        diagnostics_.error_of_input(
            checked.place("plugin"), input,
            "the plugin " + shown_text(plugin) + " was refused: " + refused->second);
        return;
    }
    std::vector<std::string> known;
    for (const auto& [name, tables] : context_.plugins)
        known.push_back(name);
    const std::string hint = known.empty() ? "; no plugin was found at all, see gateway.plugin_dir"
                                           : hint_of(plugin, known);
    diagnostics_.error_of_input(checked.place("plugin"), input,
                                "there is no plugin " + shown_text(plugin) + hint);
}

void Assembly::add_inputs() {
    for (const Node* node : entries_of("inputs")) {
        const Node* plugin = node->value_of("plugin");
        const Tables tables = tables_of_plugin(plugin == nullptr ? "" : plugin->text);
        const CheckedMap checked = check_map(input_table(tables.plugin.input), *node, "an input",
                                             tables.unknown_keys, diagnostics_);
        InputOptions input;
        input.name = option_of<std::string>(checked.values, "name");
        input.plugin = option_of<std::string>(checked.values, "plugin");
        input.options = part_of(checked.values, input_table(), tables.plugin.input);
        check_plugin(checked, input.name, input.plugin);
        const bool is_new =
            checked.sound("name") &&
            remember(inputs_, "input", input.name, checked.place("name"), config.inputs.size());
        if (is_new) mark_input(marks, input.name, *node, tables.plugin.input);
        config.inputs.push_back(std::move(input));
    }
}

void Assembly::add_devices() {
    for (const Node* node : entries_of("devices"))
        add_device(*node);
}

std::optional<Node> Assembly::with_profile(const Node& entry, const std::string& plugin,
                                           const OptionTable& of_points) {
    if (entry.value_of("profile") == nullptr || !context_.merge_profile) return std::nullopt;
    return context_.merge_profile({entry, config.gateway.profile_dirs, plugin, of_points},
                                  diagnostics_);
}

void Assembly::add_device(const Node& entry) {
    Tables tables{{}, UnknownKeys::ignored};
    std::string plugin;
    const Node* input_name = entry.value_of("input");
    const auto input = inputs_.find(input_name == nullptr ? "" : input_name->text);
    if (input != inputs_.end()) {
        plugin = config.inputs[input->second.index].plugin;
        tables = tables_of_plugin(plugin);
    }
    const std::optional<Node> merged = with_profile(entry, plugin, tables.plugin.point);
    const Node& node = merged ? *merged : entry;
    const CheckedMap checked =
        check_map(device_table(tables.plugin), node, "a device", tables.unknown_keys, diagnostics_);
    DeviceOptions device =
        make_device(checked, tables.plugin, context_.check_expression, diagnostics_);
    check_identity(device, checked);
    check_reference(checked, "uplink", device.uplink, uplinks_);
    check_reference(checked, "input", device.input, inputs_);
    check_address(device, checked);
    check_subtopics(device, checked);
    check_echo(device, checked);
    check_commands(device, checked);
    check_formats(device, checked);
    if (input != inputs_.end()) {
        mark_device(marks, device.input, devices_of_input_[device.input]++, node, tables.plugin);
    }
    config.devices.push_back(std::move(device));
}

}  // namespace fieldway::config
