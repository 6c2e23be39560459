// Verbs that ask a running gateway through its control socket: status, read, write.
#include <iostream>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "app/configuration.h"
#include "app/status_report.h"
#include "app/verbs.h"
#include "base/json_text.h"
#include "control/client.h"

namespace fieldway::app {

namespace json = boost::json;

namespace {

// A read or write waits for a device; the gateway itself gives up after 10 s and says so.
constexpr Duration patience = std::chrono::seconds(15);

Result<json::value> ask(const CommonArguments& arguments, const json::object& request) {
    const auto socket =
        arguments.control.empty() ? places_of(arguments.config).control_socket : arguments.control;
    return control::ask(socket, request, patience);
}

int fail(const Error& error) {
    std::cerr << "fieldway: " << error.text() << '\n';
    return exit_failed;
}

int print_values(const CommonArguments& arguments, const Result<json::value>& answer) {
    if (!answer) return fail(answer.error());
    if (arguments.json) {
        std::cout << to_json_text(*answer) << '\n';
        return exit_done;
    }
    for (const auto& member : answer->at("values").as_object()) {
        std::cout << member.key() << " = " << to_json_text(member.value()) << '\n';
    }
    if (const json::value* reason = answer->as_object().if_contains("reason")) {
        std::cerr << reason->as_string().c_str() << '\n';
    }
    return exit_done;
}

/// `21.5`, `true`, `"text"` as JSON; anything else is text as it stands.
json::value value_of(const std::string& text) {
    boost::system::error_code error;
    json::value value = json::parse(text, error);
    return error ? json::value(text) : value;
}

}  // namespace

int status_verb(const CommonArguments& arguments) {
    const auto answer = ask(arguments, {{"verb", "status"}});
    if (!answer) return fail(answer.error());
    if (arguments.json) {
        std::cout << to_json_text(*answer) << '\n';
    } else {
        std::cout << status_table(answer->as_object());
    }
    return exit_done;
}

int read_verb(const CommonArguments& arguments, const std::string& device,
              const std::vector<std::string>& points) {
    return print_values(arguments, ask(arguments, {{"verb", "read"},
                                                   {"device", device},
                                                   {"points", json::value_from(points)}}));
}

int write_verb(const CommonArguments& arguments, const std::string& device,
               const std::vector<std::string>& assignments) {
    json::object values;
    for (const std::string& assignment : assignments) {
        const std::size_t equals = assignment.find('=');
        if (equals == std::string::npos || equals == 0) {
            std::cerr << "fieldway: " << assignment
                      << " is no assignment; write POINT=VALUE, for example setpoint=21.5\n";
            return exit_configuration;
        }
        const std::string name = assignment.substr(0, equals);
        if (values.contains(name)) {
            std::cerr << "fieldway: " << name << " stands twice; name it once\n";
            return exit_configuration;
        }
        values[name] = value_of(assignment.substr(equals + 1));
    }
    return print_values(
        arguments,
        ask(arguments, {{"verb", "write"}, {"device", device}, {"values", std::move(values)}}));
}

}  // namespace fieldway::app
