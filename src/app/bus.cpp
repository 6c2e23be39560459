#include "app/bus.h"

#include <chrono>
#include <csignal>
#include <iostream>
#include <utility>

#include "app/bus_words.h"
#include "app/configuration.h"
#include "control/client.h"
#include "input/probe.h"

namespace fieldway::app {

namespace json = boost::json;

namespace {

/// A scan of a bus that the gateway uses goes between its polls.
constexpr Duration longest_probe = std::chrono::hours(1);

sigset_t ending_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

}  // namespace

Result<Bus> find_bus(const CommonArguments& arguments, const std::string& verb,
                     const std::string& url) {
    std::string known;
    for (const input::PluginLibrary& plugin : find_plugins_for(arguments.config)) {
        const auto tables = input::probe_tables(plugin);
        if (!tables) continue;
        const auto table = tables->verbs.find(verb);
        if (table == tables->verbs.end()) continue;
        if (input::is_url_of(*tables, url)) return Bus{plugin, table->second};
        for (const std::string& begin : tables->urls)
            known += (known.empty() ? "" : ", ") + begin;
    }
    return Error::stop_device("no plugin can " + verb + " " + url +
                              (known.empty() ? "" : "; a url begins with one of " + known));
}

bool begins_like_url(const CommonArguments& arguments, const std::string& verb,
                     const std::string& word) {
    return word.find(':') != std::string::npos && find_bus(arguments, verb, word).has_value();
}

std::string bus_help(const CommonArguments& arguments, const std::string& verb) {
    std::string text;
    for (const input::PluginLibrary& plugin : find_plugins_for(arguments.config)) {
        const auto tables = input::probe_tables(plugin);
        if (!tables) continue;
        const auto table = tables->verbs.find(verb);
        if (table == tables->verbs.end()) continue;
        std::string urls;
        for (const std::string& begin : tables->urls)
            urls += (urls.empty() ? "" : ", ") + begin;
        text += "Options of " + plugin.name + " (" + urls + "):\n" + options_text(table->second);
    }
    return text;
}

bool read_request(const Bus& bus, const std::vector<std::string>& words, ProbeRequest& request) {
    BusWords read = read_bus_words(words, bus.table);
    for (const std::string& problem : read.problems)
        std::cerr << "fieldway: " << problem << '\n';
    request.options = std::move(read.options);
    request.words = std::move(read.words);
    return read.problems.empty();
}

Result<json::object> ask_bus(const CommonArguments& arguments, const Bus& bus,
                             const ProbeRequest& request, const ProbeNews& news) {
    const auto socket =
        arguments.control.empty() ? places_of(arguments.config).control_socket : arguments.control;
    const auto connection = control::Connection::open(socket);
    if (!connection) return input::probe(bus.plugin, request, news);
    const json::object asked{{"verb", "probe"}, {"request", json::parse(to_json_text(request))}};
    const Result<json::value> answer = (*connection)->ask(asked, longest_probe);
    // An older gateway has not this verb, and one that does not use the bus keeps nobody from it.
    if (!answer && answer.error().consequence() == Consequence::drop_item)
        return input::probe(bus.plugin, request, news);
    if (!answer) return answer.error();
    if (!answer->at("held").as_bool()) return input::probe(bus.plugin, request, news);
    if (const json::value* error = answer->as_object().if_contains("error"))
        return Error::stop_device(std::string(error->as_string()));
    return answer->at("answer").as_object();
}

int fail(const std::string& sentence, int status) {
    std::cerr << "fieldway: " << sentence << '\n';
    return status;
}

int tell_failure(const std::string& url, const Error& error) {
    const bool of_request = error.consequence() == Consequence::drop_item;
    return fail((of_request ? "" : url + ": ") + error.sentence(),
                of_request ? exit_configuration : exit_failed);
}

Interruption::Interruption() {
    const sigset_t set = ending_signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

Interruption::~Interruption() {
    const sigset_t set = ending_signals();
    // What came and was obeyed must not end the program now.
    const timespec at_once{};
    while (sigtimedwait(&set, nullptr, &at_once) > 0) {
    }
    pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

bool Interruption::asked() {
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    return sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1;
}

}  // namespace fieldway::app
