#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <set>
#include <string>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "app/configuration.h"
#include "app/verbs.h"
#include "base/json_text.h"
#include "base/quantity_text.h"
#include "base/text_file.h"
#include "uplink/credentials.h"

namespace fieldway::app {

namespace json = boost::json;

namespace {

/// Rows that wait for their message are not accepted yet: how long that may be (docs/delivery.md).
json::array gathering_in(const config::GatewayConfig& config) {
    json::array gathering;
    for (const config::DeviceOptions& device : config.devices) {
        for (const config::MessageOptions& message : device.messages) {
            if (message.format.csv.sample == Duration::zero()) continue;
            gathering.push_back({{"device", device.id.text()},
                                 {"subtopic", message.subtopic},
                                 {"gathers_for", fieldway::to_text(message.every)}});
        }
    }
    return gathering;
}

json::object summary_of(const Configuration& configuration) {
    const config::GatewayConfig& config = configuration.loaded.config;
    json::array inputs;
    for (const InputPlan& plan : configuration.plans) {
        std::size_t devices = 0;
        for (const auto& device : config.devices)
            devices += device.input == plan.input ? 1 : 0;
        inputs.push_back({{"name", plan.input}, {"devices", devices}, {"plan", plan.plan}});
    }
    std::size_t points = 0;
    std::size_t messages = 0;
    for (const auto& device : config.devices) {
        points += device.points.size();
        messages += device.messages.size();
    }
    json::array warnings;
    for (const auto& diagnostic : configuration.loaded.diagnostics) {
        warnings.emplace_back(config::to_text(diagnostic));
    }
    return {{"devices", config.devices.size()},
            {"points", points},
            {"messages", messages},
            {"sessions", config.devices.size()},
            {"uplinks", config.uplinks.size()},
            {"inputs", std::move(inputs)},
            {"gathering", gathering_in(config)},
            {"warnings", std::move(warnings)}};
}

/// How many devices of an input are shown one by one; --json has them all.
constexpr std::size_t most_devices_shown = 20;

std::string counted(std::uint64_t count, const std::string& noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

/// `requests_per_second: 0.25` as `0.25 requests per second`; a text or a truth as `unit rtu`.
std::string in_words(const json::key_value_pair& member) {
    std::string words(member.key());
    std::replace(words.begin(), words.end(), '_', ' ');
    const json::value& value = member.value();
    if (value.is_double()) return fmt::format("{:.3g} {}", value.get_double(), words);
    if (value.is_number()) return fmt::format("{} {}", to_json_text(value), words);
    if (value.is_string()) return fmt::format("{} {}", words, value.get_string().c_str());
    return fmt::format("{} {}", words, to_json_text(value));
}

/// The plan's own figures on one line; lists within it are shown below.
std::string line_of(const json::object& plan) {
    std::string line;
    for (const auto& member : plan) {
        if (member.value().is_structured() || member.key() == "id" || member.key() == "unit") {
            continue;
        }
        line += (line.empty() ? "" : ", ") + in_words(member);
    }
    return line;
}

void print_devices(const json::object& plan) {
    const json::value* devices = plan.if_contains("devices");
    if (devices == nullptr || !devices->is_array()) return;
    std::size_t shown = 0;
    for (const json::value& device : devices->get_array()) {
        if (!device.is_object()) continue;
        if (shown++ == most_devices_shown) {
            std::cout << "  and " << devices->get_array().size() - most_devices_shown
                      << " more; --json shows them all\n";
            return;
        }
        const json::object& of_device = device.get_object();
        const json::value* id = of_device.if_contains("id");
        std::cout << "  " << (id != nullptr && id->is_string() ? id->get_string().c_str() : "?");
        if (const json::value* unit = of_device.if_contains("unit")) {
            std::cout << " (unit " << to_json_text(*unit) << ")";
        }
        std::cout << ": " << line_of(of_device) << '\n';
    }
}

void print_table(const json::object& summary) {
    const auto number = [&](const char* key) { return summary.at(key).to_number<std::uint64_t>(); };
    std::cout << counted(number("devices"), "device") << " with "
              << counted(number("points"), "point") << " and "
              << counted(number("messages"), "message") << ", "
              << counted(number("sessions"), "session") << " over "
              << counted(number("uplinks"), "uplink") << '\n';
    for (const json::value& input : summary.at("inputs").as_array()) {
        std::cout << "input " << input.at("name").as_string().c_str() << ": "
                  << counted(input.at("devices").to_number<std::uint64_t>(), "device");
        const json::object& plan = input.at("plan").as_object();
        const std::string line = line_of(plan);
        std::cout << (line.empty() ? "" : ", ") << line << '\n';
        print_devices(plan);
    }
    for (const json::value& message : summary.at("gathering").as_array()) {
        const json::string& subtopic = message.at("subtopic").as_string();
        std::cout << "device " << message.at("device").as_string().c_str()
                  << " gathers the rows of "
                  << (subtopic.empty() ? "its message" : subtopic.c_str()) << " for "
                  << message.at("gathers_for").as_string().c_str()
                  << ": a crash may lose them, a stop stores them\n";
    }
}

/// The devices' keys, each read as the gateway will read it. A warning: a device without its key
/// waits for it, the others run.
void check_device_keys(Configuration& configuration, const std::filesystem::path& file) {
    const config::GatewayConfig& config = configuration.loaded.config;
    std::set<std::filesystem::path> warned;  // devices may share a key
    for (const config::DeviceOptions& device : config.devices) {
        const auto uplink =
            std::find_if(config.uplinks.begin(), config.uplinks.end(),
                         [&](const auto& candidate) { return candidate.name == device.uplink; });
        if (uplink == config.uplinks.end() ||
            uplink->auth.method != config::AuthMethod::device_credentials) {
            continue;
        }
        for (const auto which : {uplink::WhichKey::present, uplink::WhichKey::next}) {
            if (which == uplink::WhichKey::next && uplink->auth.next_key_file.empty()) continue;
            const auto warn = [&](const Error& about) {
                configuration.loaded.diagnostics.push_back(
                    {{file.string(), 0, 0},
                     about.within("device " + device.id.text()).text(),
                     true});
            };
            const auto key = uplink::device_key(*uplink, device.id, which);
            if (!key) warn(key.error());
            const auto key_file = uplink::secret_file_of(*uplink, device.id, which);
            if (readable_by_others(key_file) && warned.insert(key_file).second) {
                warn(Error::stop_device(others_may_read(key_file)));
            }
        }
    }
}

}  // namespace

int check_verb(const CommonArguments& arguments) {
    Configuration configuration = load_configuration(arguments.config, Purpose::check);
    check_device_keys(configuration, arguments.config);
    print_diagnostics(configuration.loaded.diagnostics);
    if (!configuration.loaded.ok()) return exit_configuration;
    const json::object summary = summary_of(configuration);
    if (arguments.json) {
        std::cout << to_json_text(summary) << '\n';
    } else {
        print_table(summary);
    }
    return exit_done;
}

}  // namespace fieldway::app
