// `fieldway scan URL`: the units on a bus, and what they are.
#include <unistd.h>

#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "app/bus.h"
#include "app/bus_words.h"
#include "app/configuration.h"
#include "app/progress_bar.h"
#include "app/scan_profiles.h"
#include "app/scan_report.h"
#include "app/text_table.h"
#include "app/verbs.h"
#include "base/clock.h"
#include "base/json_text.h"

namespace fieldway::app {

namespace json = boost::json;

namespace {

std::size_t count_of(const json::object& news, const char* key) {
    const json::value* value = news.if_contains(key);
    return value != nullptr && value->is_number() ? value->to_number<std::size_t>() : 0;
}

void show(const json::object& news, ProgressBar& bar) {
    if (news.contains("found")) {
        bar.clear();
        // Where nobody looks at a bar, nobody waits for the next line either.
        if (::isatty(STDERR_FILENO) != 0)
            std::cerr << "found: " << cell_of(news, "found") << std::endl;
        return;
    }
    bar.show(count_of(news, "done"), count_of(news, "of"), cell_of(news, "doing"));
}

/// Empty where the answer has none, or something else.
const json::array& list_of(const json::object& map, const char* key) {
    static const json::array none;
    const json::value* list = map.if_contains(key);
    return list != nullptr && list->is_array() ? list->get_array() : none;
}

ScanResult result_of(const std::string& url, const std::string& plugin, const json::object& answer,
                     const ScanProfiles& profiles) {
    ScanResult result;
    result.url = url;
    result.plugin = plugin;
    for (const json::value& bus : list_of(answer, "buses")) {
        ScannedBus scanned;
        scanned.options = bus.at("options").as_object();
        for (const json::value& unit : list_of(bus.as_object(), "units")) {
            scanned.units.push_back({unit.as_object(), profiles.fits_of(unit.as_object())});
        }
        result.buses.push_back(std::move(scanned));
    }
    for (const json::value& note : list_of(answer, "notes"))
        result.notes.emplace_back(note.as_string());
    const json::value* complete = answer.if_contains("complete");
    result.complete = complete == nullptr || complete->as_bool();
    return result;
}

}  // namespace

int scan_verb(const CommonArguments& arguments, const std::vector<std::string>& given,
              bool emit_config) {
    std::vector<std::string> words = given;
    auto url_at = std::find_if(words.begin(), words.end(), looks_like_url);
    if (url_at == words.end()) {
        // Its plugin knows what is wrong with it.
        url_at = std::find_if(words.begin(), words.end(), [&](const std::string& word) {
            return begins_like_url(arguments, "scan", word);
        });
    }
    if (url_at == words.end()) {
        return fail(
            "scan takes the URL of a bus, as an input has it: tcp://10.0.0.20:502, "
            "rtu:/dev/ttyUSB0",
            exit_configuration);
    }
    ProbeRequest request;
    request.verb = "scan";
    request.url = *url_at;
    words.erase(url_at);
    const Result<Bus> bus = find_bus(arguments, request.verb, request.url);
    if (!bus) return fail(bus.error().sentence(), exit_configuration);
    if (!read_request(*bus, words, request)) return exit_configuration;
    if (!request.words.empty()) {
        return fail("scan does not take " + request.words.front() +
                        "; `fieldway scan --help` "
                        "tells what it takes",
                    exit_configuration);
    }
    const ScanProfiles profiles(bus->plugin.name, bus->plugin.tables,
                                places_of(arguments.config).profile_dirs);
    request.profiles = profiles.trials();

    const SystemClock clock;
    Result<json::object> answer = json::object();
    {
        // From the first request of our own on: what the running gateway does cannot be ended here.
        std::optional<Interruption> interruption;
        ProgressBar bar(std::cerr, ::isatty(STDERR_FILENO) != 0, clock);
        answer = ask_bus(arguments, *bus, request, [&](const json::object& news) {
            if (!interruption) interruption.emplace();
            show(news, bar);
            return !Interruption::asked();
        });
    }
    if (!answer) return tell_failure(request.url, answer.error());
    const ScanResult result = result_of(request.url, bus->plugin.name, *answer, profiles);
    if (arguments.json) {
        std::cout << to_json_text(scan_json(result)) << '\n';
    } else if (emit_config && !result.buses.empty()) {
        std::cout << scan_config(result);
    } else {
        std::cout << scan_text(result);
    }
    return result.complete && !result.buses.empty() ? exit_done : exit_failed;
}

}  // namespace fieldway::app
