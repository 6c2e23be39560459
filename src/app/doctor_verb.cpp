// The verb doctor: the way to the broker, step by step.
#include <iostream>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "app/configuration.h"
#include "app/verbs.h"
#include "base/json_text.h"
#include "base/nearest_name.h"
#include "control/client.h"
#include "service/process.h"
#include "uplink/doctor.h"

namespace fieldway::app {

namespace json = boost::json;

namespace {

constexpr Duration patience_with_gateway = std::chrono::seconds(2);

struct Patient {
    const config::DeviceOptions& device;
    const config::UplinkOptions& uplink;
};

const config::UplinkOptions* uplink_of(const config::GatewayConfig& config,
                                       const std::string& name) {
    for (const config::UplinkOptions& uplink : config.uplinks) {
        if (uplink.name == name) return &uplink;
    }
    return nullptr;
}

/// The device that was named; without a name the first device of each uplink.
Result<std::vector<Patient>> patients_of(const config::GatewayConfig& config,
                                         const std::string& wanted) {
    std::vector<Patient> patients;
    std::vector<std::string> known;
    std::set<std::string> uplinks;
    for (const config::DeviceOptions& device : config.devices) {
        known.push_back(device.id.text());
        const config::UplinkOptions* uplink = uplink_of(config, device.uplink);
        if (uplink == nullptr) continue;
        const bool chosen =
            wanted.empty() ? uplinks.insert(uplink->name).second : device.id.text() == wanted;
        if (chosen) patients.push_back({device, *uplink});
    }
    if (!patients.empty()) return patients;
    if (wanted.empty()) {
        return Error::drop_item("no device is configured: it is a device that logs in to a broker");
    }
    const std::string nearest = nearest_name(wanted, known);
    return Error::drop_item("no device has the id " + wanted +
                            (nearest.empty() ? "" : "; did you mean " + nearest + "?"));
}

/// Devices whose sessions the running gateway has, also while a token is renewed; none when it does
/// not run or does not answer.
std::set<std::string> connected_devices(const std::filesystem::path& control) {
    std::set<std::string> connected;
    std::error_code unknown;
    if (!std::filesystem::exists(control, unknown)) return connected;
    const auto status = control::ask(control, {{"verb", "status"}}, patience_with_gateway);
    if (!status) return connected;
    for (const json::value& session : status->at("sessions").as_array()) {
        const auto& state = session.at("state").as_string();
        if (state == "up" || state == "renewing") {
            connected.emplace(session.at("device").as_string());
        }
    }
    return connected;
}

json::object json_of(const uplink::DoctorStep& step) {
    json::object object{{"step", step.name},
                        {"outcome", uplink::name_of(step.outcome)},
                        {"ms", std::chrono::duration<double, std::milli>(step.took).count()},
                        {"found", step.found}};
    if (!step.remedy.empty()) object["remedy"] = step.remedy;
    if (!step.details.empty()) object["details"] = json::value_from(step.details);
    return object;
}

void print_step(const uplink::DoctorStep& step) {
    std::cout << fmt::format(
        "  {:<13} {:<8} {:>7.1f} ms  {}\n", step.name, uplink::name_of(step.outcome),
        std::chrono::duration<double, std::milli>(step.took).count(), step.found);
    const std::string indent(36, ' ');
    for (const std::string& detail : step.details)
        std::cout << indent << detail << '\n';
    if (!step.remedy.empty()) std::cout << indent << "-> " << step.remedy << '\n';
    std::cout.flush();
}

}  // namespace

int doctor_verb(const CommonArguments& arguments, const std::string& device) {
    service::ignore_broken_pipes();
    const Configuration configuration = load_configuration(arguments.config, Purpose::check);
    if (!configuration.loaded.usable()) {
        print_diagnostics(configuration.loaded.diagnostics);
        return exit_configuration;
    }
    const config::GatewayConfig& config = configuration.loaded.config;
    const auto patients = patients_of(config, device);
    if (!patients) {
        std::cerr << "fieldway: " << patients.error().text() << '\n';
        return exit_failed;
    }
    const auto connected = connected_devices(
        arguments.control.empty() ? config.gateway.control_socket : arguments.control);
    const SystemClock clock;
    int status = exit_done;
    json::array results;
    for (const Patient& patient : *patients) {
        const std::string& id = patient.device.id.text();
        uplink::DoctorQuestion question{patient.uplink, patient.device.id};
        if (connected.contains(id)) {
            question.no_login =
                "the running gateway has this session; a second login "
                "would take it over";
        }
        if (!arguments.json) {
            std::cout << "device " << id << " over uplink " << patient.uplink.name << " ("
                      << patient.uplink.url << ")\n";
        }
        json::array steps;
        for (const uplink::DoctorStep& step :
             uplink::examine(question, clock, [&](const uplink::DoctorStep& done) {
                 if (!arguments.json) print_step(done);
             })) {
            if (step.outcome == uplink::DoctorStep::Outcome::failed) status = exit_failed;
            steps.push_back(json_of(step));
        }
        results.push_back({{"device", id},
                           {"uplink", patient.uplink.name},
                           {"url", patient.uplink.url},
                           {"steps", std::move(steps)}});
    }
    if (arguments.json) std::cout << to_json_text(results) << '\n';
    return status;
}

}  // namespace fieldway::app
