#include "app/scan_profiles.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "app/configuration.h"
#include "app/decoded_value.h"
#include "app/text_table.h"
#include "profile/library.h"
#include "profile/trial.h"

namespace fieldway::app {

namespace json = boost::json;

namespace {

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

/// Whether the unit says of itself that it is of this maker.
bool names_maker(const json::object& unit, const std::string& maker) {
    const json::value* identity = unit.if_contains("identity");
    if (identity == nullptr || !identity->is_object() || maker.empty()) return false;
    return std::any_of(
        identity->get_object().begin(), identity->get_object().end(), [&](const auto& member) {
            return member.value().is_string() &&
                   lower(std::string(member.value().get_string())).find(lower(maker)) !=
                       std::string::npos;
        });
}

}  // namespace

ScanProfiles::ScanProfiles(const std::string& plugin, const PluginTables& tables,
                           const std::vector<std::filesystem::path>& folders) {
    profile::Library library;
    for (const auto& [name, file] : profile::Library::list(folders)) {
        config::Diagnostics diagnostics;
        const profile::Profile* profile = library.find(name, folders, diagnostics);
        if (profile == nullptr || profile->plugin != plugin) continue;
        const profile::Trial trial(*profile, tables, expression_check(), diagnostics);
        if (!trial.sound() || !config::without_errors(diagnostics.take_sorted())) continue;
        Known known;
        known.maker = profile->maker;
        for (const config::PointOptions& point : trial.points()) {
            auto map = mapping::PointMap::make(point);
            if (map) known.maps.emplace(point.name, std::move(*map));
        }
        known_.emplace(name, std::move(known));
        trials_.push_back(json::object{{"name", name},
                                       {"settings", json::parse(to_json_text(trial.settings()))}});
    }
}

std::vector<ProfileFit> ScanProfiles::fits_of(const json::object& unit) const {
    std::vector<ProfileFit> fits;
    const json::value* tried = unit.if_contains("profiles");
    if (tried == nullptr || !tried->is_array()) return fits;
    for (const json::value& one : tried->get_array()) {
        const json::object& result = one.as_object();
        ProfileFit fit;
        fit.name = cell_of(result, "name");
        const auto known = known_.find(fit.name);
        if (known == known_.end()) continue;
        fit.named = names_maker(unit, known->second.maker);
        for (const json::value& one_value : result.at("values").as_array()) {
            const json::object& told = one_value.as_object();
            ++fit.points;
            const auto map = known->second.maps.find(cell_of(told, "name"));
            if (told.contains("error") || map == known->second.maps.end()) continue;
            ++fit.readable;
            const Value value = map->second.map(decoded_value(told));
            fit.filled += is_filled(value) ? 1 : 0;
            const Evidence evidence = evidence_of(map->second.options(), value);
            fit.telling += evidence == Evidence::telling ? 1 : 0;
            fit.impossible = fit.impossible || evidence == Evidence::impossible;
        }
        if (fit.fits()) fits.push_back(std::move(fit));
    }
    sort_fits(fits);
    return fits;
}

}  // namespace fieldway::app
