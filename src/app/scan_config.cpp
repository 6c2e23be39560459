// scan_config(): what a scan found as a configuration.
#include <algorithm>
#include <cctype>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "app/scan_report.h"
#include "app/text_table.h"
#include "base/json_text.h"

namespace fieldway::app {

namespace json = boost::json;

namespace {

constexpr const char* usual_interval = "10s";
/// Of what hardly changes, as the profiles have it.
constexpr const char* seldom_interval = "1h";
constexpr const char* seldom_subtopic = "lifecycle";

/// JSON is YAML; `${` of a device's own words would be taken for a variable.
std::string yaml_of(const json::value& value) {
    std::string text;
    for (const char c : to_json_text(value)) {
        text += c;
        if (c == '$') text += '$';
    }
    return text;
}

/// `{ name: bus-1, baud: 9600 }`, in the order given.
std::string flow_map(const json::object& members) {
    std::string text;
    for (const auto& member : members) {
        text += fmt::format("{}{}: {}", text.empty() ? "{ " : ", ", std::string_view(member.key()),
                            yaml_of(member.value()));
    }
    return text.empty() ? "{}" : text + " }";
}

/// A word of letters, digits and dashes, for ids.
std::string id_part(const json::object& address) {
    std::string text;
    for (const auto& member : address)
        text += (text.empty() ? "" : "-") + std::string(member.key()) + "-" +
                cell_of(address, member.key());
    for (char& c : text) {
        if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '-';
    }
    return text.empty() ? "device" : text;
}

class Writer {
  public:
    explicit Writer(const ScanResult& result) : result_(result) {}

    std::string run() {
        text_ = fmt::format(
            "# Made by `fieldway scan {}`: put your uplink in the place of this "
            "one, and give the\n# devices the ids that they have there. Compare "
            "one value of each with its display.\n",
            result_.url);
        for (const std::string& note : result_.notes)
            comment("", note);
        text_ +=
            "uplinks:\n"
            "  - name: broker\n"
            "    platform: generic\n"
            "    url: mqtt://127.0.0.1:1883\n"
            "    topics: { uplink: \"site/{device}/{subtopic}\" }\n\n"
            "inputs:\n";
        for (std::size_t i = 0; i < result_.buses.size(); ++i) {
            json::object input{{"name", name_of(i)}, {"plugin", result_.plugin}};
            input.insert(result_.buses[i].options.begin(), result_.buses[i].options.end());
            text_ += "  - " + flow_map(input) + "\n";
        }
        text_ += "\ndevices:\n";
        for (std::size_t i = 0; i < result_.buses.size(); ++i) {
            for (const ScannedUnit& unit : result_.buses[i].units)
                device(name_of(i), unit);
        }
        return std::move(text_);
    }

  private:
    [[nodiscard]] std::string name_of(std::size_t bus) const {
        return result_.buses.size() == 1 ? "bus" : fmt::format("bus-{}", bus + 1);
    }

    void comment(const std::string& indent, const std::string& words) {
        if (!words.empty()) text_ += indent + "# " + words + "\n";
    }

    void device(const std::string& input, const ScannedUnit& unit) {
        const json::value* found = unit.told.if_contains("address");
        const json::object address =
            found != nullptr && found->is_object() ? found->get_object() : json::object();
        const json::value* identity = unit.told.if_contains("identity");
        if (identity != nullptr) comment("  ", cell_of(unit.told, "identity"));
        comment("  ", cell_of(unit.told, "about"));
        for (const ProfileFit& fit : unit.fits)
            comment("  ", fmt::format("{} profile: {}", fit.convinces() ? "fitting" : "possible",
                                      fit.name));
        text_ += fmt::format("  - id: {}\n    uplink: broker\n    input: {}\n    address: {}\n",
                             input + "-" + id_part(address), input, flow_map(address));
        // A map that the device itself describes is better than one that fits.
        const bool described = unit.told.contains("about");
        if (!described && !unit.fits.empty() && unit.fits.front().convinces()) {
            text_ += fmt::format("    profile: {}\n", unit.fits.front().name);
            return;
        }
        points(unit.told);
    }

    void points(const json::object& told) {
        const json::value* list = told.if_contains("points");
        text_ += fmt::format("    every: {}\n", usual_interval);
        if (list == nullptr || !list->is_array() || list->get_array().empty()) {
            comment("    ", "it answers, but no register of it is known: name its points");
            text_ += "    points: []\n";
            return;
        }
        text_ += "    points:\n";
        std::string often;
        std::string seldom;
        for (const json::value& point : list->get_array()) {
            text_ += "      - " + flow_map(point.as_object()) + "\n";
            std::string& names = point.as_object().contains("every") ? seldom : often;
            names += (names.empty() ? "" : ", ") + cell_of(point.as_object(), "name");
        }
        if (seldom.empty()) return;
        // Of their own: a message would wait for the slowest of its points, or be as old as it.
        text_ += "    messages:\n";
        if (!often.empty())
            text_ += fmt::format("      - {{ every: {}, points: [{}] }}\n", usual_interval, often);
        text_ += fmt::format("      - {{ subtopic: {}, every: {}, points: [{}] }}\n",
                             seldom_subtopic, seldom_interval, seldom);
    }

    const ScanResult& result_;
    std::string text_;
};

}  // namespace

std::string scan_config(const ScanResult& result) {
    return Writer(result).run();
}

}  // namespace fieldway::app
