// The command line: one verb, its options, its exit status.
#include <exception>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/verbs.h"
#include "base/nearest_name.h"

namespace {

using fieldway::app::CommonArguments;

void add_config(CLI::App* verb, CommonArguments& common) {
    verb->add_option("--config", common.config, "the configuration file")->capture_default_str();
}
void add_control(CLI::App* verb, CommonArguments& common) {
    verb->add_option("--control", common.control,
                     "the gateway's control socket (default: as configured)");
}
void add_json(CLI::App* verb, CommonArguments& common) {
    verb->add_flag("--json", common.json, "print JSON");
}

struct Words {
    std::string device;
    std::vector<std::string> words;
    std::string file;
    bool markdown = false;
};

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

    auto* read =
        program.add_subcommand("read", "read points of a device through the running gateway");
    add_config(read, common);
    add_control(read, common);
    add_json(read, common);
    read->add_option("DEVICE", words.device, "the device id")->required();
    read->add_option("POINT", words.words, "names of points (default: all)");
    read->callback([&] { chosen = [&] { return read_verb(common, words.device, words.words); }; });

    auto* write =
        program.add_subcommand("write", "write points of a device through the running gateway");
    add_config(write, common);
    add_control(write, common);
    add_json(write, common);
    write->add_option("DEVICE", words.device, "the device id")->required();
    write->add_option("POINT=VALUE", words.words, "what to write")->required();
    write->callback(
        [&] { chosen = [&] { return write_verb(common, words.device, words.words); }; });

    auto* decode = program.add_subcommand(
        "decode", "show what given bytes mean: decode KIND [options] HEX, as decode rtu 0103...");
    add_config(decode, common);
    decode->prefix_command();
    decode->callback(
        [&, decode] { chosen = [&, decode] { return decode_verb(common, decode->remaining()); }; });

    auto* simulate = program.add_subcommand("simulate", "run simulated devices");
    add_config(simulate, common);
    add_json(simulate, common);
    simulate->add_option("FILE", words.file, "YAML with a list `simulate:`")->required();
    simulate->callback([&] { chosen = [&] { return simulate_verb(common, words.file); }; });
}

/// What no verb took.
std::vector<std::string> left_over(const CLI::App& program) {
    std::vector<std::string> left = program.remaining();
    for (const CLI::App* verb : program.get_subcommands()) {
        const auto of_verb = verb->remaining();
        left.insert(left.end(), of_verb.begin(), of_verb.end());
    }
    return left;
}

std::string unexpected(const CLI::App& program, const std::string& word) {
    if (const auto chosen = program.get_subcommands(); !chosen.empty()) {
        const std::string verb = chosen.front()->get_name();
        const bool file = word.front() != '-' && (verb == "check" || verb == "run");
        return "`" + verb + "` does not take " + word +
               (file ? "; a configuration file is named by --config " + word
                     : "; `fieldway " + verb + " --help` tells what it takes");
    }
    std::vector<std::string> verbs;
    for (const CLI::App* verb : program.get_subcommands([](const CLI::App*) { return true; }))
        verbs.push_back(verb->get_name());
    const std::string nearest = fieldway::nearest_name(word, verbs);
    return "there is no verb " + word +
           (nearest.empty() ? "; `fieldway --help` lists them" : "; did you mean " + nearest + "?");
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
        const std::vector<std::string> left = left_over(program);
        if (error.get_exit_code() != 0 && !left.empty()) {
            std::cerr << "fieldway: " << unexpected(program, left.front()) << '\n';
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
