// JSON Schema from the option tables: what an editor checks while a file is written. It is laxer
// than load(): text that YAML takes for a number is allowed, and which plugin a device's points
// belong to is not known to a schema.
#include <map>
#include <string>
#include <utility>

#include <boost/json.hpp>

#include "config/file_table.h"
#include "config/loader.h"
#include "config/scalar.h"

namespace fieldway::config {

namespace {

namespace json = boost::json;

json::object reference(const std::string& name) {
    return {{"$ref", "#/$defs/" + name}};
}

json::object definitions() {
    const std::string variable = "\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}";
    const json::object with_variable{{"type", "string"}, {"pattern", variable}};
    const auto pattern = [&](const std::string& own) {
        return json::object{
            {"anyOf",
             {{{"type", "string"}, {"pattern", "^" + own + "$"}}, {{"const", 0}}, with_variable}}};
    };
    return {{"variable", with_variable},
            {"text", {{"type", {"string", "number", "boolean"}}}},
            {"duration", pattern("[0-9]+(\\.[0-9]+)? ?(us|ms|s|m|h|d)")},
            {"size", pattern("[0-9]+ ?(B|[KMGT]iB|[kMGT]B)")}};
}

/// YAML takes the words 5, 1.2, on and off for numbers and truths, depending on its version.
json::array words_as_yaml_reads_them(const std::vector<std::string>& choices) {
    json::array words;
    for (const std::string& choice : choices) {
        words.emplace_back(choice);
        Node node;
        node.kind = Node::Kind::scalar;
        node.text = choice;
        json::value read = untyped_json(node);
        if (choice == "on" || choice == "yes") read = true;
        if (choice == "off" || choice == "no") read = false;
        if (!read.is_string()) words.push_back(std::move(read));
    }
    return words;
}

json::object schema_of(const Option& option);

json::object closed_map(const OptionTable& table) {
    json::object properties;
    json::array required;
    for (const Option& option : table) {
        properties[option.name] = schema_of(option);
        if (option.required) required.emplace_back(option.name);
    }
    json::object schema{{"type", {"object", "null"}},
                        {"properties", std::move(properties)},
                        {"additionalProperties", false}};
    if (!required.empty()) schema["required"] = std::move(required);
    return schema;
}

json::object list_of(json::value items) {
    return {{"type", {"array", "null"}}, {"items", std::move(items)}};
}

json::object number_schema(const Option& option, const char* type) {
    json::object number{{"type", type}};
    if (option.least) number["minimum"] = *option.least;
    if (option.most) number["maximum"] = *option.most;
    return {{"anyOf", {std::move(number), reference("variable")}}};
}

json::object type_schema(const Option& option) {
    switch (option.type) {
        case OptionType::boolean:
            // Words that YAML 1.2 takes for texts are truths for us.
            return {{"anyOf",
                     {{{"type", "boolean"}},
                      {{"enum", {"yes", "no", "on", "off"}}},
                      reference("variable")}}};
        case OptionType::integer:
            return number_schema(option, "integer");
        case OptionType::number:
            return number_schema(option, "number");
        case OptionType::text:
        case OptionType::path:
            return reference("text");
        case OptionType::duration:
            return reference("duration");
        case OptionType::size:
            return reference("size");
        case OptionType::choice:
            return {
                {"anyOf",
                 {{{"enum", words_as_yaml_reads_them(option.choices)}}, reference("variable")}}};
        case OptionType::texts:
            return list_of(reference("text"));
        case OptionType::integers:
            return list_of(number_schema(option, "integer"));
        case OptionType::group:
            return closed_map(option.members);
        case OptionType::groups:
            return list_of(closed_map(option.members));
        case OptionType::table:
            return {{"type", {"object", "null"}}, {"additionalProperties", reference("text")}};
        case OptionType::any:
            return {};
    }
    return {};
}

json::object schema_of(const Option& option) {
    if (!option.not_built.empty()) {
        return {{"not", json::object()}, {"description", option.not_built}};
    }
    json::object schema = type_schema(option);
    schema["description"] = option.meaning;
    const std::string preset = written_preset(option);
    if (!preset.empty() && option.type != OptionType::group) {
        const bool quantity =
            option.type == OptionType::duration || option.type == OptionType::size;
        schema["default"] = quantity ? json::value(preset) : option.preset;
    }
    return schema;
}

/// Each plugin closes the mapping to its own options; one that is not known here leaves it open.
json::object inputs_schema(const std::map<std::string, PluginTables>& plugins) {
    json::object properties;
    for (const Option& option : input_table())
        properties[option.name] = schema_of(option);
    json::array by_plugin;
    for (const auto& [name, tables] : plugins) {
        by_plugin.push_back({{"if", {{"properties", {{"plugin", {{"const", name}}}}}}},
                             {"then", closed_map(input_table(tables.input))}});
    }
    json::object item{{"type", "object"},
                      {"properties", std::move(properties)},
                      {"required", {"name", "plugin"}}};
    if (!by_plugin.empty()) item["allOf"] = std::move(by_plugin);
    return list_of(std::move(item));
}

/// The options of all plugins together, none required: which plugin reads a device a schema cannot
/// follow.
json::object devices_schema(const std::map<std::string, PluginTables>& plugins) {
    PluginTables together;
    const auto add = [](OptionTable& table, OptionTable more) {
        for (Option& option : more)
            option.required = false;
        table = with(std::move(table), more);
    };
    for (const auto& [name, tables] : plugins) {
        add(together.device, tables.device);
        add(together.address, tables.address);
        add(together.point, tables.point);
    }
    // Two plugins may mean different things by one name: only the name is checked then.
    const auto loosen = [&](OptionTable& table, OptionTable PluginTables::*level) {
        for (Option& option : table) {
            for (const auto& [name, tables] : plugins) {
                for (const Option& other : tables.*level) {
                    const bool differs = other.type != option.type ||
                                         other.choices != option.choices ||
                                         other.least != option.least || other.most != option.most;
                    if (other.name != option.name || !differs) continue;
                    option = Option(fieldway::option(option.name, OptionType::any, option.meaning));
                }
            }
        }
    };
    loosen(together.device, &PluginTables::device);
    loosen(together.address, &PluginTables::address);
    loosen(together.point, &PluginTables::point);
    return list_of(closed_map(device_table(together)));
}

}  // namespace

json::value json_schema(const std::map<std::string, PluginTables>& plugins) {
    json::object schema = closed_map(file_table());
    json::object& properties = schema["properties"].as_object();
    properties["uplinks"] = list_of(closed_map(uplink_table()));
    properties["inputs"] = inputs_schema(plugins);
    properties["devices"] = devices_schema(plugins);
    for (const Option& option : file_table()) {
        properties[option.name].as_object()["description"] = option.meaning;
    }
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
    schema["title"] = "Fieldway's configuration";
    schema["$defs"] = definitions();
    return schema;
}

}  // namespace fieldway::config
