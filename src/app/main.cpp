// The command line: one verb, its options, its exit status.
#include <exception>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/bus.h"
#include "app/common_options.h"
#include "app/queue_verbs.h"
#include "app/verbs.h"
#include "base/nearest_name.h"

namespace {

using fieldway::app::CommonArguments;
using fieldway::app::QueueArguments;

struct Words {
    std::string device;
    std::vector<std::string> words;
    std::string file;
    std::string name;
    bool markdown = false;
    bool emit_config = false;
    QueueArguments queue;
    fieldway::app::NewKey new_key;
};

void add_credential_verbs(CLI::App& program, CommonArguments& common, Words& words,
                          std::function<int()>& chosen) {
    using namespace fieldway::app;
    auto* keys = program.add_subcommand("keys", "device credentials: make key pairs");
    keys->require_subcommand(1);
    auto* make = keys->add_subcommand("new", "make a key pair for each device");
    add_config(make, common);
    add_json(make, common);
    make->add_option("DEVICE", words.words, "device ids")->required();
    make->add_flag("--rsa", words.new_key.rsa, "RSA with 2048 bits (default: EC on P-256)");
    make->add_flag("--next", words.new_key.next, "into next_key_file, for a change of keys");
    make->callback(
        [&] { chosen = [&] { return keys_new_verb(common, words.words, words.new_key); }; });

    auto* doctor = program.add_subcommand(
        "doctor", "the way to the broker step by step: what fails, why, the remedy");
    add_config(doctor, common);
    add_control(doctor, common);
    add_json(doctor, common);
    doctor->add_option("DEVICE", words.device, "the device id (default: one of each uplink)");
    doctor->callback([&] { chosen = [&] { return doctor_verb(common, words.device); }; });

    auto* token = program.add_subcommand("token", "print a device's token, decoded beside it");
    add_config(token, common);
    add_json(token, common);
    token->add_option("DEVICE", words.device, "the device id")->required();
    token->add_flag("--next", words.new_key.next, "signed with the key of next_key_file");
    token->callback(
        [&] { chosen = [&] { return token_verb(common, words.device, words.new_key.next); }; });
}

void add_profiles(CLI::App& program, CommonArguments& common, Words& words,
                  std::function<int()>& chosen) {
    using namespace fieldway::app;
    auto* profiles = program.add_subcommand("profiles", "the library of device profiles");
    profiles->require_subcommand(1);
    const auto add = [&](const char* name, const char* meaning, ProfilesAction action) {
        auto* verb = profiles->add_subcommand(name, meaning);
        add_config(verb, common);
        add_json(verb, common);
        verb->callback([&, action] {
            chosen = [&, action] { return profiles_verb(common, action, words.name); };
        });
        return verb;
    };
    add("list", "names, makers and models", ProfilesAction::list);
    add("show", "what a profile gives to a device", ProfilesAction::show)
        ->add_option("NAME", words.name, "MAKER/MODEL")
        ->required();
    add("test", "try profiles with their own examples", ProfilesAction::test)
        ->add_option("NAME", words.name, "MAKER/MODEL (default: all)");
}

/// Verbs whose options are those of the plugin that knows the bus: they take every word, and sort
/// them when they know the url.
void add_bus_verbs(CLI::App& program, CommonArguments& common, Words& words,
                   std::function<int()>& chosen) {
    using namespace fieldway::app;
    const auto add = [&](const char* name, const char* meaning, const char* usage) {
        auto* verb = program.add_subcommand(name, meaning);
        add_config(verb, common);
        add_json(verb, common);
        verb->allow_extras();
        verb->footer([&common, name, usage] {
            return "Usage: " + std::string(usage) + "\n\n" + bus_help(common, name);
        });
        return verb;
    };
    auto* read = add("read", "read points of a device through the running gateway, or registers",
                     "fieldway read DEVICE [POINT...] | URL [UNIT] REGISTER...");
    add_control(read, common);
    read->callback([&, read] {
        chosen = [&, read] { return access_verb(common, "read", read->remaining()); };
    });
    auto* write = add("write", "write points of a device through the running gateway, or registers",
                      "fieldway write DEVICE POINT=VALUE... | URL [UNIT] REGISTER=VALUE...");
    add_control(write, common);
    write->callback([&, write] {
        chosen = [&, write] { return access_verb(common, "write", write->remaining()); };
    });
    auto* scan = add("scan", "find the units on a bus, and the profiles that fit them",
                     "fieldway scan URL [options]");
    add_control(scan, common);
    scan->add_flag("--emit-config", words.emit_config, "print a configuration of what is found");
    scan->callback([&, scan] {
        chosen = [&, scan] { return scan_verb(common, scan->remaining(), words.emit_config); };
    });
}

void add_verbs(CLI::App& program, CommonArguments& common, Words& words,
               std::function<int()>& chosen) {
    using namespace fieldway::app;
    auto* run = program.add_subcommand("run", "run the gateway in the foreground");
    add_config(run, common);
    add_control(run, common);
    run->callback([&] { chosen = [&] { return run_verb(common); }; });

    auto* check = program.add_subcommand("check", "read the configuration: all errors, the plan");
    add_config(check, common);
    add_json(check, common);
    check->callback([&] { chosen = [&] { return check_verb(common); }; });

    auto* schema = program.add_subcommand("schema", "print the JSON Schema of the configuration");
    add_config(schema, common);
    schema->add_flag("--markdown", words.markdown, "print the reference page instead");
    schema->callback([&] { chosen = [&] { return schema_verb(common, words.markdown); }; });

    auto* plugins = program.add_subcommand("plugins", "list the plugins that are found");
    add_config(plugins, common);
    add_json(plugins, common);
    plugins->callback([&] { chosen = [&] { return plugins_verb(common); }; });

    auto* version = program.add_subcommand("version", "print version, build and libraries");
    add_json(version, common);
    version->callback([&] { chosen = [&] { return version_verb(common); }; });

    auto* status = program.add_subcommand("status", "show the state of the running gateway");
    add_config(status, common);
    add_control(status, common);
    add_json(status, common);
    status->callback([&] { chosen = [&] { return status_verb(common); }; });

    add_bus_verbs(program, common, words, chosen);
    add_queue_verbs(program, common, words.queue, chosen);
    add_credential_verbs(program, common, words, chosen);
    add_profiles(program, common, words, chosen);
    auto* decode = program.add_subcommand(
        "decode", "show what given bytes mean: decode KIND [options] HEX, as decode rtu 0103...");
    add_config(decode, common);
    decode->prefix_command();
    decode->footer([&common] { return decode_help(common); });
    decode->callback(
        [&, decode] { chosen = [&, decode] { return decode_verb(common, decode->remaining()); }; });

    auto* simulate = program.add_subcommand("simulate", "run simulated devices");
    add_config(simulate, common);
    add_json(simulate, common);
    simulate->add_option("FILE", words.file, "YAML with a list `simulate:`")->required();
    simulate->callback([&] { chosen = [&] { return simulate_verb(common, words.file); }; });
}

/// A word that no verb took, and the verb that it stood behind.
struct LeftOver {
    const CLI::App* verb;
    std::string word;
};

std::optional<LeftOver> left_over(const CLI::App& verb) {
    for (const CLI::App* below : verb.get_subcommands()) {
        if (auto left = left_over(*below)) return left;
    }
    const std::vector<std::string> words = verb.remaining();
    if (words.empty()) return std::nullopt;
    // Collected at the program, but not understood by the verb that was chosen last.
    const CLI::App* deepest = &verb;
    while (!deepest->get_subcommands().empty())
        deepest = deepest->get_subcommands().front();
    return LeftOver{deepest, words.front()};
}

/// `queue dead` of `fieldway queue dead list`; "" for the program itself.
std::string path_of(const CLI::App& verb) {
    if (verb.get_parent() == nullptr) return "";
    const std::string above = path_of(*verb.get_parent());
    return (above.empty() ? "" : above + " ") + verb.get_name();
}

std::string unexpected(const LeftOver& left) {
    const std::string path = path_of(*left.verb);
    const std::string space = path.empty() ? "" : " ";
    std::vector<std::string> verbs;
    for (const CLI::App* verb : left.verb->get_subcommands([](const CLI::App*) { return true; }))
        verbs.push_back(verb->get_name());
    if (verbs.empty() || (!path.empty() && left.word.front() == '-')) {
        const bool file = left.word.front() != '-' && (path == "check" || path == "run");
        return "`" + path + "` does not take " + left.word +
               (file ? "; a configuration file is named by --config " + left.word
                     : "; `fieldway " + path + space + "--help` tells what it takes");
    }
    const std::string nearest = fieldway::nearest_name(left.word, verbs);
    return "there is no verb " + path + space + left.word +
           (nearest.empty() ? "; `fieldway " + path + space + "--help` lists them"
                            : "; did you mean " + path + space + nearest + "?");
}

}  // namespace

int main(int argc, char** argv) {
    CommonArguments common;
    common.config = fieldway::app::default_config_file();
    Words words;
    std::function<int()> chosen;
    CLI::App program{"Fieldway: field devices to MQTT, one session per device"};
    program.require_subcommand(1);
    add_verbs(program, common, words, chosen);
    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const auto left = left_over(program);
        if (error.get_exit_code() != 0 && left) {
            std::cerr << "fieldway: " << unexpected(*left) << '\n';
            return fieldway::app::exit_configuration;
        }
        return program.exit(error) == 0 ? fieldway::app::exit_done
                                        : fieldway::app::exit_configuration;
    }
    try {
        return chosen();
    } catch (const std::exception& error) {
        std::cerr << "fieldway: " << error.what() << '\n';
        return fieldway::app::exit_failed;
    }
}
