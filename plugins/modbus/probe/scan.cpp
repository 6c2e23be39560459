#include "modbus/probe/scan.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "modbus/probe/unit_survey.h"

namespace fieldway::modbus {
namespace {

namespace json = boost::json;

/// A bus with as many units as numbers were asked is one device that ignores its number: no line
/// carries so many.
constexpr std::size_t units_of_one_device = 32;
/// Of the numbers that are asked, the first: where installers begin.
constexpr std::size_t likely_units = 16;

std::string_view text_of(Parity parity) {
    return parity == Parity::even ? "even" : parity == Parity::odd ? "odd" : "none";
}

/// `9600 8N1`, or the url.
std::string name_of_line(const LineOptions& line) {
    if (!is_serial(line.endpoint.kind)) return to_text(line.endpoint);
    const char parity = line.parity == Parity::even ? 'E' : line.parity == Parity::odd ? 'O' : 'N';
    return fmt::format("{} {}{}{}", line.baud, line.data_bits, parity, line.stop_bits);
}

/// As an input of the configuration has them, as far as they are not the usual ones.
json::object input_options(const LineOptions& line) {
    json::object options{{"url", to_text(line.endpoint)}};
    if (!is_serial(line.endpoint.kind)) return options;
    options["baud"] = line.baud;
    options["parity"] = text_of(line.parity);
    if (line.stop_bits != 1) options["stop_bits"] = line.stop_bits;
    if (line.rs485) options["rs485"] = true;
    return options;
}

class Scan {
  public:
    Scan(const ScanOptions& options, const json::array& profiles, const ProbeNews& news,
         const MakeBus& make_bus)
        : options_(options), profiles_(read_profiles(profiles)), news_(news), make_bus_(make_bus) {}

    /// With several speeds or ports the likely numbers are asked with each of them before all
    /// others: most buses are found in a minute.
    Result<json::object> run() {
        const std::span<const std::uint8_t> units(options_.units);
        const std::size_t first =
            options_.lines.size() > 1 ? std::min(units.size(), likely_units) : units.size();
        for (const bool likely : {true, false}) {
            for (std::size_t i = 0; i < options_.lines.size() && !enough(); ++i) {
                if (finished_.contains(i)) continue;
                const auto part = likely ? units.first(first) : units.subspan(first);
                if (!part.empty() &&
                    !scan_line(i, part, likely ? units.subspan(first) : units.last(0)))
                    break;
            }
        }
        if (!opened_ && failure_) return *failure_;
        return json::object{
            {"buses", std::move(buses_)}, {"notes", std::move(notes_)}, {"complete", complete_}};
    }

  private:
    void note(const std::string& sentence) { notes_.emplace_back(sentence); }

    bool tell() {
        return news_({{"done", done_},
                      {"of", options_.lines.size() * options_.units.size()},
                      {"doing", doing_}});
    }

    /// Nobody wants more, or one line has units, which is enough.
    [[nodiscard]] bool enough() const { return !complete_ || (!buses_.empty() && !options_.all); }

    /// `others` too, once one of `units` is there. False: no line can be opened.
    bool scan_line(std::size_t number, std::span<const std::uint8_t> units,
                   std::span<const std::uint8_t> others) {
        const LineOptions& line = options_.lines[number];
        ProbeBus bus = make_bus_(line, [this] { return tell(); });
        if (const Result<> open = bus.open(); !open) {
            if (!failure_) failure_ = open.error();
            // A port that cannot be opened is the same with another speed.
            if (is_serial(line.endpoint.kind)) return false;
            note(open.error().sentence());
            done_ += options_.units.size();
            finished_.insert(number);
            return true;
        }
        opened_ = true;
        std::vector<std::uint8_t> found;
        sweep(bus, line, units, found);
        if (!found.empty()) {
            sweep(bus, line, others, found);
            finished_.insert(number);
        }
        survey(bus, line, std::move(found));
        complete_ = !bus.ended();
        return true;
    }

    void survey(ProbeBus& bus, const LineOptions& line, std::vector<std::uint8_t> found) {
        if (found.size() == options_.units.size() && found.size() >= units_of_one_device) {
            note(
                fmt::format("{}: each of {} numbers is answered: one device that ignores the "
                            "number, taken as unit {}",
                            name_of_line(line), found.size(), found.front()));
            found.resize(1);
        }
        json::array units;
        for (const std::uint8_t unit : found) {
            if (bus.ended()) break;
            UnitSurvey survey(bus, unit, line, [&](const std::string& what) {
                doing_ = fmt::format("{}, {}", name_of_line(line), what);
            });
            if (auto described = survey.run(profiles_, options_.identify)) {
                units.emplace_back(std::move(*described));
            } else if (!bus.ended()) {
                note(fmt::format("{}: unit {} answered once and then no more", name_of_line(line),
                                 unit));
            }
        }
        if (units.empty()) return;
        buses_.push_back(
            json::object{{"options", input_options(line)}, {"units", std::move(units)}});
    }

    void sweep(ProbeBus& bus, const LineOptions& line, std::span<const std::uint8_t> units,
               std::vector<std::uint8_t>& found) {
        if (units.empty()) return;
        for (const std::uint8_t unit : units) {
            doing_ = fmt::format("{}, unit {}", name_of_line(line), unit);
            const bool answered = answers(bus, unit, options_.wait);
            take_late(bus, found);
            if (bus.ended()) return;
            if (answered) add(found, unit);
            if (const Result<> open = bus.open(); !open) {
                note(fmt::format("{}: ended at unit {}: {}", name_of_line(line), unit,
                                 open.error().sentence()));
                return;
            }
            ++done_;
        }
        // The last one is late like any other, and nobody is asked after it.
        const std::uint8_t last = units.back();
        if (std::find(found.begin(), found.end(), last) == found.end() &&
            answers(bus, last, std::max(options_.wait, line.timeout))) {
            add(found, last);
        }
    }

    bool answers(ProbeBus& bus, std::uint8_t unit, Duration wait) {
        constexpr std::array areas{Area::holding, Area::input, Area::coil, Area::discrete};
        for (const Area area : areas) {
            const Reply reply = bus.ask({unit, read_function_of(area), 0, 1}, wait);
            if (reply.kind == Reply::Kind::answer) return true;
            if (reply.kind == Reply::Kind::exception) return !is_gateway_exception(reply.exception);
            if (!options_.thorough || bus.ended()) return false;
        }
        return false;
    }

    /// Units that answered when the next number had been asked already.
    void take_late(ProbeBus& bus, std::vector<std::uint8_t>& found) {
        for (const LateAnswer& late : bus.take_late()) {
            const auto& asked = options_.units;
            if (std::find(asked.begin(), asked.end(), late.unit) != asked.end())
                add(found, late.unit);
        }
    }

    void add(std::vector<std::uint8_t>& found, std::uint8_t unit) {
        if (std::find(found.begin(), found.end(), unit) != found.end()) return;
        found.push_back(unit);
        news_({{"found", doing_}});
    }

    const ScanOptions& options_;
    std::vector<ProfileTrial> profiles_;
    const ProbeNews& news_;
    const MakeBus& make_bus_;
    std::set<std::size_t> finished_;  ///< lines of which all is known
    std::optional<Error> failure_;    ///< the first line that could not be opened
    bool opened_ = false;
    std::size_t done_ = 0;
    std::string doing_;
    json::array buses_;
    json::array notes_;
    bool complete_ = true;
};

}  // namespace

Result<json::object> run_scan(const ScanOptions& options, const json::array& profiles,
                              const ProbeNews& news, const MakeBus& make_bus) {
    return Scan(options, profiles, news, make_bus).run();
}

}  // namespace fieldway::modbus
