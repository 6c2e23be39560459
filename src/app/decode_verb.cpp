// `fieldway decode KIND ...`: the plugin that knows the kind decodes; scale, expression and the
// like are mapping's, as in a configuration.
#include <charconv>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "app/configuration.h"
#include "app/decoded_value.h"
#include "app/verbs.h"
#include "base/nearest_name.h"
#include "config/point_options.h"
#include "input/decoder.h"
#include "mapping/point_map.h"

namespace fieldway::app {

namespace json = boost::json;

namespace {

int fail(const std::string& sentence, int status) {
    std::cerr << "fieldway: " << sentence << '\n';
    return status;
}

std::optional<double> number_in(const std::string& text) {
    double number = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    return read.ec == std::errc() && read.ptr == end ? std::optional(number) : std::nullopt;
}

/// What mapping is to do with the value, taken out of the words.
struct Wanted {
    config::PointOptions options;
    bool anything = false;
};

/// Empty, or what is wrong with the option.
std::string take_option(const std::string& name, const std::string& value, Wanted& wanted) {
    wanted.anything = true;
    if (name == "--expression") {
        wanted.options.expression = value;
        return {};
    }
    if (name == "--bits") {
        wanted.options.bits = config::parse_bits(value);
        return wanted.options.bits ? "" : "--bits " + value + " is no bit (3) or range (3-5)";
    }
    const auto number = number_in(value);
    if (!number) return name + " " + value + " is no number";
    (name == "--scale" ? wanted.options.scale : wanted.options.offset) = number;
    return {};
}

bool is_mapping_option(const std::string& name) {
    return name == "--scale" || name == "--offset" || name == "--expression" || name == "--bits";
}

/// The words that are left for the plugin.
std::string split(const std::vector<std::string>& words, Wanted& wanted,
                  std::vector<std::string>& left) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::size_t equals = std::min(words[i].find('='), words[i].size());
        const std::string name = words[i].substr(0, equals);
        if (words[i] == "--json") continue;  // it is JSON anyway
        if (!is_mapping_option(name)) {
            left.push_back(words[i]);
            continue;
        }
        if (equals == words[i].size() && i + 1 == words.size()) return name + " lacks its value";
        const std::string value =
            equals < words[i].size() ? words[i].substr(equals + 1) : words[++i];
        if (std::string problem = take_option(name, value, wanted); !problem.empty())
            return problem;
    }
    return {};
}

int print_mapped(const std::string& decoded, const Wanted& wanted) {
    boost::system::error_code error;
    const json::value parsed = json::parse(decoded, error);
    if (error || !parsed.is_object() || !parsed.get_object().contains("value")) {
        return fail("scale, offset, expression and bits are about a value: decode modbus has one",
                    exit_configuration);
    }
    const auto map = mapping::PointMap::make(wanted.options);
    if (!map) return fail(map.error().sentence(), exit_configuration);
    std::cout << "{\"value\":" << to_json_text(map->map(decoded_value(parsed.get_object())))
              << "}\n";
    return exit_done;
}

}  // namespace

std::string decode_help(const CommonArguments& arguments) {
    std::vector<std::string> kinds;
    for (const input::PluginLibrary& plugin : find_plugins_for(arguments.config)) {
        for (std::string& kind : input::decode_kinds(plugin))
            kinds.push_back(std::move(kind));
    }
    return fmt::format("KIND: {}\nThe options of one: fieldway decode KIND --help",
                       fmt::join(kinds, ", "));
}

int decode_verb(const CommonArguments& arguments, const std::vector<std::string>& words) {
    std::vector<std::string> kinds;
    for (const input::PluginLibrary& plugin : find_plugins_for(arguments.config)) {
        for (const std::string& kind : input::decode_kinds(plugin)) {
            kinds.push_back(kind);
            if (words.empty() || words.front() != kind) continue;
            Wanted wanted;
            std::vector<std::string> left;
            if (const std::string problem = split(words, wanted, left); !problem.empty())
                return fail(problem, exit_configuration);
            const auto decoded = input::decode(plugin, left);
            if (!decoded) return fail(decoded.error().sentence(), exit_failed);
            if (wanted.anything) return print_mapped(*decoded, wanted);
            std::cout << *decoded;
            return exit_done;
        }
    }
    const std::string all = fmt::format("{}", fmt::join(kinds, ", "));
    if (words.empty()) {
        return fail(
            "decode is told no KIND: " + all + "; `fieldway decode KIND --help` tells of one",
            exit_configuration);
    }
    const std::string nearest = nearest_name(words.front(), kinds);
    return fail("no plugin decodes " + words.front() +
                    (nearest.empty() ? ": " + all : "; did you mean " + nearest + "?"),
                exit_configuration);
}

}  // namespace fieldway::app
