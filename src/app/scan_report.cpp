#include "app/scan_report.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "app/text_table.h"
#include "base/json_text.h"

namespace fieldway::app {

namespace json = boost::json;

namespace {

/// How many profiles a person is shown for a unit.
constexpr std::size_t most_shown = 5;

/// `url tcp://10.0.0.20:502`, `baud 9600`: without JSON's signs where they say nothing.
std::string options_of(const json::object& options) {
    std::string text;
    for (const auto& member : options) {
        const std::string key(member.key());
        if (!text.empty()) text += ", ";
        if (key != "url") text.append(key).append(" ");
        text += cell_of(options, key);
    }
    return text;
}

std::string identity_of(const json::object& unit) {
    const json::value* identity = unit.if_contains("identity");
    if (identity == nullptr || !identity->is_object()) return "";
    std::string text;
    for (const auto& member : identity->get_object()) {
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", std::string_view(member.key()),
                            cell_of(identity->get_object(), member.key()));
    }
    return text;
}

std::string address_of(const json::object& unit) {
    const json::value* address = unit.if_contains("address");
    return address != nullptr && address->is_object() ? options_of(address->get_object()) : "?";
}

std::string fit_text(const ProfileFit& fit) {
    return fmt::format("{} profile {} ({} of {} points can be read, {} values speak for it{})",
                       fit.convinces() ? "fits" : "may fit", fit.name, fit.readable, fit.points,
                       fit.telling, fit.named ? ", the unit names the maker" : "");
}

std::vector<std::string> lines_of(const ScannedUnit& unit) {
    std::vector<std::string> lines;
    if (const std::string answer = cell_of(unit.told, "answer"); !answer.empty())
        lines.push_back(answer);
    if (const std::string identity = identity_of(unit.told); !identity.empty())
        lines.push_back(identity);
    if (const std::string about = cell_of(unit.told, "about"); !about.empty())
        lines.push_back(about);
    for (std::size_t i = 0; i < std::min(unit.fits.size(), most_shown); ++i)
        lines.push_back(fit_text(unit.fits[i]));
    if (unit.fits.size() > most_shown)
        lines.push_back(fmt::format("and {} more profiles", unit.fits.size() - most_shown));
    return lines;
}

json::object json_of(const ProfileFit& fit) {
    return {{"profile", fit.name},    {"points", fit.points},     {"readable", fit.readable},
            {"telling", fit.telling}, {"maker_named", fit.named}, {"convinces", fit.convinces()}};
}

}  // namespace

std::string scan_text(const ScanResult& result) {
    std::string text;
    for (const ScannedBus& bus : result.buses) {
        text += options_of(bus.options) + "\n";
        for (const ScannedUnit& unit : bus.units) {
            std::string begin = fmt::format("  {:<10}", address_of(unit.told));
            for (const std::string& line : lines_of(unit)) {
                text += begin + "  " + line + "\n";
                begin.assign(begin.size(), ' ');
            }
        }
    }
    for (const std::string& note : result.notes)
        text += note + "\n";
    if (result.buses.empty()) text += "nobody answered\n";
    if (!result.complete) text += "ended early: not everything was asked\n";
    return text;
}

json::object scan_json(const ScanResult& result) {
    json::array buses;
    for (const ScannedBus& bus : result.buses) {
        json::array units;
        for (const ScannedUnit& unit : bus.units) {
            json::object told = unit.told;
            told.erase("profiles");
            json::array fits;
            for (const ProfileFit& fit : unit.fits)
                fits.push_back(json_of(fit));
            told["fits"] = std::move(fits);
            units.push_back(std::move(told));
        }
        buses.push_back(json::object{{"options", bus.options}, {"units", std::move(units)}});
    }
    return {{"url", result.url},
            {"plugin", result.plugin},
            {"buses", std::move(buses)},
            {"notes", json::array(result.notes.begin(), result.notes.end())},
            {"complete", result.complete}};
}

}  // namespace fieldway::app
