// `fieldway read|write`: by url straight on a bus, by device id through the running gateway.
#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "app/bus.h"
#include "app/bus_words.h"
#include "app/configuration.h"
#include "app/point_probe.h"
#include "app/text_table.h"
#include "app/verbs.h"
#include "base/json_text.h"

namespace fieldway::app {

namespace json = boost::json;

namespace {

/// `name = value` a line; what has none goes to standard error with its reason.
int print_values(const json::array& values) {
    int status = exit_done;
    for (const json::value& one : values) {
        const json::object& told = one.as_object();
        const std::string name = cell_of(told, "name");
        if (told.contains("error")) {
            status = fail(name + ": " + cell_of(told, "error"), exit_failed);
        } else {
            std::cout << name << " = " << to_json_text(told.at("value")) << '\n';
        }
    }
    return status;
}

int print_table(const json::object& answer) {
    std::vector<std::string> columns;
    for (const json::value& column : answer.at("columns").as_array())
        columns.emplace_back(column.as_string());
    if (answer.contains("about")) std::cout << cell_of(answer, "about") << '\n';
    std::cout << table(answer.at("rows").as_array(), columns);
    return exit_done;
}

bool has_errors(const json::array& values) {
    for (const json::value& one : values) {
        if (one.as_object().contains("error")) return true;
    }
    return false;
}

int print(const CommonArguments& arguments, const json::object& answer) {
    const json::value* values = answer.if_contains("values");
    if (arguments.json) {
        std::cout << to_json_text(answer) << '\n';
        return values != nullptr && has_errors(values->as_array()) ? exit_failed : exit_done;
    }
    return values != nullptr ? print_values(values->as_array()) : print_table(answer);
}

int access_bus(const CommonArguments& arguments, const std::string& verb,
               const std::vector<std::string>& words) {
    const Result<Bus> bus = find_bus(arguments, verb, words.front());
    if (!bus) return fail(bus.error().sentence(), exit_configuration);
    ProbeRequest request;
    request.verb = verb;
    request.url = words.front();
    if (!read_request(*bus, {words.begin() + 1, words.end()}, request)) return exit_configuration;
    const Result<json::object> answer =
        ask_bus(arguments, *bus, request, [](const json::object&) { return true; });
    if (!answer) return tell_failure(request.url, answer.error());
    return print(arguments, *answer);
}

/// What a point's registers are in every type: its bus is asked, as the configuration has it.
int decode_point(const CommonArguments& arguments, const std::vector<std::string>& words) {
    const Configuration configuration = load_configuration(arguments.config, Purpose::check);
    if (!configuration.loaded.usable()) {
        print_diagnostics(configuration.loaded.diagnostics);
        return exit_configuration;
    }
    std::vector<std::string> names;
    std::vector<std::string> options;
    for (const std::string& word : words) {
        const bool is_option =
            word.starts_with("--") || (!options.empty() && options.back() == "--count");
        (is_option ? options : names).push_back(word);
    }
    if (names.size() != 2) return fail("read --decodings takes DEVICE POINT", exit_configuration);
    Result<PointProbe> probe =
        probe_of_point(configuration.loaded.config, names.front(), names.back());
    if (!probe) return fail(probe.error().sentence(), exit_configuration);
    const Result<Bus> bus = find_bus(arguments, probe->request.verb, probe->request.url);
    if (!bus) return fail(bus.error().sentence(), exit_configuration);
    if (!read_request(*bus, options, probe->request)) return exit_configuration;
    const Result<json::object> answer =
        ask_bus(arguments, *bus, probe->request, [](const json::object&) { return true; });
    if (!answer) return tell_failure(probe->request.url, answer.error());
    return print(arguments, *answer);
}

/// What is meant for a bus, said to a device.
const std::string* first_option(const std::vector<std::string>& words) {
    for (const std::string& word : words) {
        if (word.starts_with("--")) return &word;
    }
    return nullptr;
}

}  // namespace

int access_verb(const CommonArguments& arguments, const std::string& verb,
                const std::vector<std::string>& words) {
    const bool writes = verb == "write";
    if (words.empty()) {
        return fail(verb + (writes ? " takes DEVICE POINT=VALUE..., or URL [UNIT] REGISTER=VALUE..."
                                   : " takes DEVICE [POINT...], or URL [UNIT] REGISTER..."),
                    exit_configuration);
    }
    // Options may stand in front of the url; whose they are is known by it.
    auto url = std::find_if(words.begin(), words.end(), [](const std::string& word) {
        return looks_like_url(word) && !word.starts_with("--");
    });
    // Not whole, as rtu:line is: its plugin knows what is wrong with it.
    if (url == words.end() && begins_like_url(arguments, verb, words.front())) url = words.begin();
    if (url != words.end()) {
        std::vector<std::string> in_order{*url};
        in_order.insert(in_order.end(), words.begin(), url);
        in_order.insert(in_order.end(), url + 1, words.end());
        return access_bus(arguments, verb, in_order);
    }
    const bool decodings = std::find(words.begin(), words.end(), "--decodings") != words.end();
    if (decodings && !writes) return decode_point(arguments, words);
    if (const std::string* option = first_option(words)) {
        return fail("`" + verb + "` does not take " + *option + " with a device; with a url it may",
                    exit_configuration);
    }
    const std::vector<std::string> rest(words.begin() + 1, words.end());
    if (writes && rest.empty()) {
        return fail("nothing to write: name POINT=VALUE, for example setpoint=21.5",
                    exit_configuration);
    }
    return writes ? write_verb(arguments, words.front(), rest)
                  : read_verb(arguments, words.front(), rest);
}

}  // namespace fieldway::app
