#include "app/bus_desk.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace fieldway::app {

namespace json = boost::json;

namespace {

/// A sweep of 255 numbers that are all silent, with the longest usual timeout, and identification.
constexpr Duration expires_after = std::chrono::hours(1);

std::string text_of(const json::object& map, std::string_view key) {
    const json::value* text = map.if_contains(key);
    return text != nullptr && text->is_string() ? std::string(text->get_string()) : std::string();
}

json::value answer_of(const std::string& input, const CommandOutcome& outcome) {
    const auto failed = [&input](const std::string& why) {
        return json::value{{"held", true}, {"error", "input " + input + ": " + why}};
    };
    if (outcome.status != CommandOutcome::Status::done) return failed(outcome.reason);
    boost::system::error_code error;
    json::value answer = json::parse(outcome.details, error);
    if (error) return failed("its answer cannot be read");
    return {{"held", true}, {"answer", std::move(answer)}};
}

}  // namespace

void BusDesk::probe(const json::object& request, Done done) {
    const std::string url = text_of(request, "url");
    const auto input = std::find_if(inputs_.begin(), inputs_.end(), [&](const auto& one) {
        return !url.empty() && text_of(one.options, "url") == url;
    });
    if (input == inputs_.end()) return done(json::value{{"held", false}});
    const auto& devices = devices_.all();
    const auto device = std::find_if(devices.begin(), devices.end(),
                                     [&](const Device& one) { return one.input == input->name; });
    if (device == devices.end()) return done(json::value{{"held", false}});
    Command command;
    command.number = next_++;
    command.kind = Command::Kind::scan;
    command.device = device->number;  // any: the bus is asked, not the device
    command.arguments = json::serialize(request);
    command.expires = clock_.monotonic() + expires_after;
    host_.submit(input->name, std::move(command),
                 [name = input->name, done = std::move(done)](const CommandOutcome& outcome) {
                     done(answer_of(name, outcome));
                 });
}

}  // namespace fieldway::app
