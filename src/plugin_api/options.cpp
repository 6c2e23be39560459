#include "plugin_api/options.h"

#include <array>
#include <exception>

#include <fmt/format.h>

namespace fieldway {

namespace {

namespace json = boost::json;

constexpr std::array all_types = {
    OptionType::boolean,  OptionType::integer,  OptionType::number, OptionType::text,
    OptionType::duration, OptionType::size,     OptionType::path,   OptionType::choice,
    OptionType::texts,    OptionType::integers, OptionType::group,  OptionType::groups,
    OptionType::table,    OptionType::any,
};

/// Members may hold members; deeper than this is no table but an attack on the stack.
constexpr int most_levels = 8;

json::array to_json(const std::vector<std::string>& texts) {
    return json::array(texts.begin(), texts.end());
}

/// Only what differs from the default is written: a table is read by people too.
json::object to_json(const Option& option) {
    json::object out{
        {"name", option.name}, {"type", name_of(option.type)}, {"meaning", option.meaning}};
    if (!option.unit.empty()) out["unit"] = option.unit;
    if (!option.preset.is_null()) out["preset"] = option.preset;
    if (option.required) out["required"] = true;
    if (option.secret) out["secret"] = true;
    if (option.least) out["least"] = *option.least;
    if (option.most) out["most"] = *option.most;
    if (!option.choices.empty()) out["choices"] = to_json(option.choices);
    if (!option.members.empty()) out["members"] = fieldway::to_json(option.members);
    if (!option.not_built.empty()) out["not_built"] = option.not_built;
    if (!option.choices_not_built.empty()) {
        out["choices_not_built"] = to_json(option.choices_not_built);
    }
    return out;
}

// The readers below throw on a wrong shape; option_table_from_json() is the border that catches.

OptionType type_named(std::string_view name) {
    for (const OptionType type : all_types) {
        if (name_of(type) == name) return type;
    }
    throw ErrorException(Error::drop_item(fmt::format("type \"{}\" is unknown", name)));
}

std::string text_of(const json::object& from, std::string_view key) {
    const json::value* value = from.if_contains(key);
    return value == nullptr ? std::string() : std::string(value->as_string());
}

bool flag_of(const json::object& from, std::string_view key) {
    const json::value* value = from.if_contains(key);
    return value != nullptr && value->as_bool();
}

std::optional<double> number_of(const json::object& from, std::string_view key) {
    const json::value* value = from.if_contains(key);
    if (value == nullptr) return std::nullopt;
    return value->to_number<double>();
}

std::vector<std::string> texts_of(const json::object& from, std::string_view key) {
    std::vector<std::string> texts;
    if (const json::value* value = from.if_contains(key)) {
        for (const json::value& text : value->as_array())
            texts.emplace_back(text.as_string());
    }
    return texts;
}

OptionTable read_table(const json::value& value, int levels);

Option read_option(const json::object& from, int levels) {
    Option option;
    option.name = text_of(from, "name");
    if (option.name.empty()) throw ErrorException(Error::drop_item("an option has no name"));
    option.type = type_named(text_of(from, "type"));
    option.meaning = text_of(from, "meaning");
    option.unit = text_of(from, "unit");
    if (const json::value* preset = from.if_contains("preset")) option.preset = *preset;
    option.required = flag_of(from, "required");
    option.secret = flag_of(from, "secret");
    option.least = number_of(from, "least");
    option.most = number_of(from, "most");
    option.choices = texts_of(from, "choices");
    if (const json::value* members = from.if_contains("members")) {
        option.members = read_table(*members, levels - 1);
    }
    option.not_built = text_of(from, "not_built");
    option.choices_not_built = texts_of(from, "choices_not_built");
    return option;
}

OptionTable read_table(const json::value& value, int levels) {
    if (levels == 0) {
        throw ErrorException(Error::drop_item(fmt::format("deeper than {} levels", most_levels)));
    }
    OptionTable table;
    for (const json::value& option : value.as_array()) {
        table.push_back(read_option(option.as_object(), levels));
    }
    return table;
}

}  // namespace

std::string_view name_of(OptionType type) {
    switch (type) {
        case OptionType::boolean:
            return "boolean";
        case OptionType::integer:
            return "integer";
        case OptionType::number:
            return "number";
        case OptionType::text:
            return "text";
        case OptionType::duration:
            return "duration";
        case OptionType::size:
            return "size";
        case OptionType::path:
            return "path";
        case OptionType::choice:
            return "choice";
        case OptionType::texts:
            return "texts";
        case OptionType::integers:
            return "integers";
        case OptionType::group:
            return "group";
        case OptionType::groups:
            return "groups";
        case OptionType::table:
            return "table";
        case OptionType::any:
            return "any";
    }
    return "?";
}

json::value to_json(const OptionTable& table) {
    json::array out;
    for (const Option& option : table)
        out.emplace_back(to_json(option));
    return out;
}

json::value to_json(const PluginTables& tables) {
    return {{"input", to_json(tables.input)},
            {"device", to_json(tables.device)},
            {"address", to_json(tables.address)},
            {"point", to_json(tables.point)},
            {"polls", tables.polls}};
}

Result<OptionTable> option_table_from_json(const json::value& value) {
    try {
        return read_table(value, most_levels);
    } catch (const std::exception& wrong) {
        return Error::stop_device(fmt::format("no option table: {}", wrong.what()));
    }
}

Result<PluginTables> plugin_tables_from_json(std::string_view text) {
    boost::system::error_code wrong;
    const json::value value = json::parse(text, wrong);
    if (wrong || !value.is_object()) {
        return Error::stop_device("option tables that are no JSON object");
    }
    PluginTables tables;
    struct Level {
        std::string_view name;
        OptionTable& table;
    };
    for (const Level& level : {Level{"input", tables.input}, Level{"device", tables.device},
                               Level{"address", tables.address}, Level{"point", tables.point}}) {
        const json::value* of_level = value.get_object().if_contains(level.name);
        if (of_level == nullptr) continue;
        Result<OptionTable> table = option_table_from_json(*of_level);
        if (!table) return table.error().within(level.name);
        level.table = std::move(*table);
    }
    if (const json::value* polls = value.get_object().if_contains("polls")) {
        if (!polls->is_bool()) return Error::stop_device("polls is neither true nor false");
        tables.polls = polls->get_bool();
    }
    return tables;
}

}  // namespace fieldway
