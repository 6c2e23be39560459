// fieldway profiles list | show NAME | test [NAME]
#include <algorithm>
#include <iomanip>
#include <iostream>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "app/configuration.h"
#include "app/profile_verdict.h"
#include "app/text_table.h"
#include "app/verbs.h"
#include "base/json_text.h"
#include "profile/library.h"
#include "profile/trial.h"

namespace fieldway::app {

namespace json = boost::json;

namespace {

using Folders = profile::Library::Folders;
using config::Node;

std::string text_at(const Node& map, const char* key) {
    const Node* node = map.value_of(key);
    return node != nullptr && node->kind == Node::Kind::scalar ? node->text : std::string();
}

const std::vector<Node>& items_at(const Node& map, const char* key) {
    static const std::vector<Node> none;
    const Node* node = map.value_of(key);
    return node != nullptr && node->kind == Node::Kind::list ? node->items : none;
}

/// A node on one line, as YAML has it in flow style.
std::string in_flow(const Node& node) {
    std::string text;
    switch (node.kind) {
        case Node::Kind::null:
            return "";
        case Node::Kind::scalar:
            return node.text;
        case Node::Kind::list:
            for (const Node& item : node.items)
                text += (text.empty() ? "" : ", ") + in_flow(item);
            return "[" + text + "]";
        case Node::Kind::map:
            break;
    }
    for (const Node::Entry& entry : node.entries)
        text += (text.empty() ? "" : ", ") + entry.key + ": " + in_flow(entry.value);
    return "{ " + text + " }";
}

json::object summary_of(const profile::Profile& profile) {
    return {{"name", profile.name},
            {"maker", profile.maker},
            {"model", profile.model},
            {"plugin", profile.plugin},
            {"points", items_at(profile.root, "points").size()},
            {"file", profile.file.string()}};
}

int no_such_profile(const std::string& name, const Folders& folders) {
    std::cerr << "fieldway: " << profile::unknown_profile(name, folders) << '\n';
    return exit_configuration;
}

int list(const CommonArguments& arguments, const Folders& folders) {
    profile::Library library;
    config::Diagnostics diagnostics;
    json::array all;
    for (const auto& [name, file] : profile::Library::list(folders))
        all.push_back(summary_of(*library.find(name, folders, diagnostics)));
    const auto told = diagnostics.take_sorted();
    print_diagnostics(told);
    const int status = config::without_errors(told) ? exit_done : exit_failed;
    if (arguments.json) {
        std::cout << to_json_text(all) << '\n';
        return status;
    }
    std::cout << table(all, {"name", "maker", "model"});
    return status;
}

void print_points(const Node& root) {
    std::vector<std::string> names;
    std::size_t width = 0;
    for (const Node& point : items_at(root, "points")) {
        names.push_back(text_at(point, "name"));
        width = std::max(width, names.back().size());
    }
    std::cout << "\npoints\n";
    std::size_t i = 0;
    for (const Node& point : items_at(root, "points")) {
        std::cout << "  " << std::left << std::setw(static_cast<int>(width) + 2) << names[i++];
        Node rest = point;
        std::erase_if(rest.entries, [](const Node::Entry& entry) { return entry.key == "name"; });
        std::cout << in_flow(rest) << '\n';
    }
}

void print_profile(const profile::Profile& profile) {
    std::cout << profile.maker << ' ' << profile.model << "\n" << profile.file.string() << "\n\n";
    for (const std::string& source : profile.source)
        std::cout << "source   " << source << '\n';
    for (const std::string& note : profile.notes)
        std::cout << "note     " << note << '\n';
    std::cout << "plugin   " << profile.plugin << '\n';
    for (const Node::Entry& entry : profile.root.entries) {
        static const std::vector<std::string> shown_elsewhere = {
            "maker", "model", "plugin", "source", "notes", "points", "messages", "examples"};
        if (std::find(shown_elsewhere.begin(), shown_elsewhere.end(), entry.key) !=
            shown_elsewhere.end()) {
            continue;
        }
        std::cout << std::left << std::setw(8) << entry.key << ' ' << in_flow(entry.value) << '\n';
    }
    print_points(profile.root);
    std::cout << "\nmessages\n";
    for (const Node& message : items_at(profile.root, "messages"))
        std::cout << "  " << in_flow(message) << '\n';
}

int show(const CommonArguments& arguments, const std::string& name, const Folders& folders) {
    profile::Library library;
    config::Diagnostics diagnostics;
    const profile::Profile* profile = library.find(name, folders, diagnostics);
    if (profile == nullptr) return no_such_profile(name, folders);
    const auto told = diagnostics.take_sorted();
    print_diagnostics(told);
    if (!config::without_errors(told)) return exit_failed;
    if (arguments.json) {
        json::object whole = summary_of(*profile);
        whole["profile"] = profile::as_texts(profile->root);
        std::cout << to_json_text(whole) << '\n';
    } else {
        print_profile(*profile);
    }
    return exit_done;
}

json::object as_json(const std::string& name, const ProfileVerdict& verdict) {
    json::array errors;
    for (const auto& diagnostic : verdict.diagnostics)
        errors.emplace_back(config::to_text(diagnostic));
    return {{"name", name},
            {"ok", verdict.ok()},
            {"points", verdict.points},
            {"examples", verdict.examples},
            {"values", verdict.values},
            {"errors", std::move(errors)}};
}

int test(const CommonArguments& arguments, const std::string& only, const Folders& folders) {
    const auto plugins = find_plugins_for(arguments.config);
    profile::Library library;
    std::vector<std::string> names;
    if (only.empty()) {
        for (const auto& [name, file] : profile::Library::list(folders))
            names.push_back(name);
    } else {
        names = {only};
    }
    json::array results;
    std::size_t good = 0;
    for (const std::string& name : names) {
        config::Diagnostics diagnostics;
        const profile::Profile* profile = library.find(name, folders, diagnostics);
        if (profile == nullptr) return no_such_profile(name, folders);
        const ProfileVerdict verdict = test_profile(*profile, plugins, std::move(diagnostics));
        print_diagnostics(verdict.diagnostics);
        good += verdict.ok() ? 1 : 0;
        if (arguments.json) {
            results.push_back(as_json(name, verdict));
        } else {
            std::cout << name << ": " << (verdict.ok() ? "ok" : "wrong") << ", " << verdict.points
                      << " points, " << verdict.values << " values in " << verdict.examples
                      << (verdict.examples == 1 ? " example\n" : " examples\n");
        }
    }
    if (arguments.json) {
        std::cout << to_json_text(results) << '\n';
    } else if (only.empty()) {
        std::cout << good << " of " << names.size() << " profiles are right\n";
    }
    // No profile at all is no success: the folder was meant to be another one.
    return good == names.size() && !names.empty() ? exit_done : exit_failed;
}

}  // namespace

int profiles_verb(const CommonArguments& arguments, ProfilesAction action,
                  const std::string& name) {
    const Folders folders = places_of(arguments.config).profile_dirs;
    switch (action) {
        case ProfilesAction::list:
            return list(arguments, folders);
        case ProfilesAction::show:
            return show(arguments, name, folders);
        case ProfilesAction::test:
            break;
    }
    return test(arguments, name, folders);
}

}  // namespace fieldway::app
