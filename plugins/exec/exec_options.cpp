#include "exec/exec_options.h"

#include <chrono>
#include <map>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/quantity_text.h"

namespace fieldway::exec {

using namespace std::chrono_literals;

PluginTables exec_tables() {
    PluginTables tables;
    tables.polls = false;
    tables.input = {
        option("command", OptionType::texts,
               "the program and its arguments; the program is an absolute path, a path below "
               "`directory`, or a name found in /usr/local/bin, /usr/bin, /bin and their sbin")
            .required(),
        option("directory", OptionType::path, "where the program runs").preset("/"),
        option("environment", OptionType::table,
               "variables for the program, beside PATH, LANG and PYTHONUNBUFFERED; nothing of the "
               "gateway's own environment is handed on")
            .preset(boost::json::object{})
            .secret(),
        option("silence", OptionType::duration,
               "how long the program may print no line that can be used before it is started "
               "again; 0s: for ever")
            .preset(Duration::zero())
            .within(Duration::zero(), 24h * 7),
        option("restart_wait", OptionType::duration,
               "the least wait before the program is started again after it ended")
            .preset(Duration(1s))
            .within(Duration(1ms), 1h),
        option("restart_wait_most", OptionType::duration,
               "the longest wait: each start that fails soon doubles the range; a program that ran "
               "longer than this begins "
               "from the least again")
            .preset(Duration(60s))
            .within(Duration(1ms), 24h),
    };
    tables.address = {
        option("key", OptionType::text, "what the program's lines call this device: {\"key\": ...}")
            .required()
            .within(1, 256),
    };
    return tables;
}

ExecOptions exec_options(const boost::json::object& options) {
    ExecOptions result;
    result.command = option_of<std::vector<std::string>>(options, "command");
    result.directory = optional_of<std::string>(options, "directory").value_or("/");
    if (const auto* environment = options.if_contains("environment")) {
        if (const auto* table = environment->if_object()) {
            for (const auto& entry : *table) {
                result.environment.emplace_back(entry.key(),
                                                std::string(entry.value().as_string()));
            }
        }
    }
    result.silence = option_of<Duration>(options, "silence");
    result.restart_wait = option_of<Duration>(options, "restart_wait");
    result.restart_wait_most = option_of<Duration>(options, "restart_wait_most");
    return result;
}

std::string key_of(const InputDevice& device) {
    return option_of<std::string>(device.address, "key");
}

namespace {

void check_command(const ExecOptions& options, std::vector<Problem>& problems) {
    if (options.command.empty() || options.command.front().empty()) {
        problems.push_back({"/options/command",
                            "command is empty; it is the program and its arguments: "
                            "[/usr/local/bin/read-thing, --every, 5s]"});
        return;
    }
    for (std::size_t i = 0; i < options.command.size(); ++i) {
        if (options.command[i].find('\0') != std::string::npos) {
            problems.push_back({fmt::format("/options/command/{}", i),
                                "a word of a command cannot hold a zero character"});
        }
    }
}

void check_environment(const ExecOptions& options, std::vector<Problem>& problems) {
    for (const auto& [name, value] : options.environment) {
        if (name.empty() || name.find('=') != std::string::npos ||
            name.find('\0') != std::string::npos || value.find('\0') != std::string::npos) {
            problems.push_back(
                {"/options/environment",
                 fmt::format("{} is no variable: a name has no = and nothing has a zero character",
                             name.empty() ? "an empty name" : name)});
        }
    }
}

}  // namespace

std::vector<Problem> check_exec(const InputSettings& settings) {
    std::vector<Problem> problems;
    const ExecOptions options = exec_options(settings.options);
    check_command(options, problems);
    check_environment(options, problems);
    if (options.restart_wait_most < options.restart_wait) {
        problems.push_back(
            {"/options/restart_wait_most",
             fmt::format("restart_wait_most is {}; the least is restart_wait, {}",
                         to_text(options.restart_wait_most), to_text(options.restart_wait))});
    }
    std::map<std::string, std::string> first_of;
    for (std::size_t i = 0; i < settings.devices.size(); ++i) {
        const InputDevice& device = settings.devices[i];
        const auto [at, first] = first_of.emplace(key_of(device), device.id);
        if (first) continue;
        problems.push_back(
            {fmt::format("/devices/{}/address/key", i),
             fmt::format("key {} is device {}'s already; a key names one device of an input",
                         at->first, at->second)});
    }
    return problems;
}

std::vector<std::string> environment_of(const ExecOptions& options) {
    std::map<std::string, std::string> variables{
        {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
        {"LANG", "C.UTF-8"},
        // A Python program on a pipe would keep its lines until 8 KiB have gathered.
        {"PYTHONUNBUFFERED", "1"},
    };
    for (const auto& [name, value] : options.environment)
        variables[name] = value;
    std::vector<std::string> texts;
    for (const auto& [name, value] : variables)
        texts.push_back(name + "=" + value);
    return texts;
}

}  // namespace fieldway::exec
