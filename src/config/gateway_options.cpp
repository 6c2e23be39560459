#include "config/gateway_options.h"

#include "config/choice.h"
#include "config/scalar.h"

namespace fieldway::config {

namespace {

using enum OptionType;

constexpr std::array log_levels{
    Choice<LogLevel>{"error", LogLevel::error}, Choice<LogLevel>{"warning", LogLevel::warning},
    Choice<LogLevel>{"info", LogLevel::info}, Choice<LogLevel>{"debug", LogLevel::debug}};
constexpr std::array log_outputs{Choice<LogOutput>{"auto", LogOutput::automatic},
                                 Choice<LogOutput>{"journald", LogOutput::journald},
                                 Choice<LogOutput>{"text", LogOutput::text},
                                 Choice<LogOutput>{"json", LogOutput::json}};

constexpr std::array trust_modes{Choice<TrustMode>{"auto", TrustMode::automatic},
                                 Choice<TrustMode>{"synchronised", TrustMode::synchronised},
                                 Choice<TrustMode>{"system", TrustMode::system}};

}  // namespace

OptionTable gateway_table() {
    return {
        option("name", text, "the gateway's name in its status; fieldway when it is not given")
            .within(1, 128),
        option("connects_per_second", number,
               "how many sessions may begin to connect in a second, "
               "over all uplinks")
            .preset(20)
            .within(0.01, 10'000)
            .unit("1/s"),
        option("clock", group, "when the time of the machine is believed")
            .members({option("trust", choice,
                             "auto waits until a time service has set it, where the machine has "
                             "one that tells; synchronised waits always, system never")
                          .choices(words_of(trust_modes))
                          .preset("auto")}),
        option("state_dir", path,
               "where state is kept; $STATE_DIRECTORY or /var/lib/fieldway when "
               "it is not given"),
        option("plugin_dir", path,
               "where plugins are looked for; the installed ones when it is not "
               "given"),
        option("control_socket", path,
               "the socket that status, read and write speak to; "
               "control.sock in $RUNTIME_DIRECTORY or /run/fieldway when it "
               "is not given"),
        option("profile_dirs", texts,
               "folders where device profiles are looked for, before the shipped ones; relative to "
               "the file that names them"),
    };
}

OptionTable log_table() {
    return {
        option("level", choice, "the least important that is told")
            .choices(words_of(log_levels))
            .preset("info"),
        option("format", choice, "auto is journald under systemd and text elsewhere")
            .choices(words_of(log_outputs))
            .preset("auto"),
    };
}

OptionTable admin_table() {
    return {option("listen", choice, "where the status page listens; off turns it off")
                .choices({"off"})
                .choices_not_built({"ADDRESS:PORT"})
                .preset("off")};
}

GatewayOptions make_gateway(const CheckedMap& checked, const GatewayOptions& defaults) {
    GatewayOptions options = defaults;
    const boost::json::object& values = checked.values;
    if (options.name.empty()) options.name = "fieldway";
    if (const auto name = optional_of<std::string>(values, "name")) options.name = *name;
    options.clock_trust = chosen(trust_modes, values.at("clock").as_object().at("trust"));
    options.connects_per_second = option_of<double>(values, "connects_per_second");
    if (const auto dir = optional_of<std::string>(values, "state_dir")) options.state_dir = *dir;
    if (const auto dir = optional_of<std::string>(values, "plugin_dir"))
        options.plugin_dirs = {*dir};
    if (const auto* dirs = values.if_contains("profile_dirs")) {
        // In front of the shipped ones: who names a folder may put its own profile before ours.
        auto at = options.profile_dirs.begin();
        for (std::size_t i = 0; i < dirs->as_array().size(); ++i) {
            const std::string path = "profile_dirs." + std::to_string(i);
            if (!checked.sound(path)) continue;
            at = options.profile_dirs.insert(at, absolute_path(*checked.node_of(path))) + 1;
        }
    }
    if (const auto socket = optional_of<std::string>(values, "control_socket")) {
        options.control_socket = *socket;
    }
    return options;
}

LogOptions make_log(const CheckedMap& checked) {
    return {chosen(log_levels, checked.values.at("level")),
            chosen(log_outputs, checked.values.at("format"))};
}

}  // namespace fieldway::config
