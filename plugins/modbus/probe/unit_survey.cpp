#include "modbus/probe/unit_survey.h"

#include <array>
#include <iterator>
#include <span>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "base/json_text.h"
#include "base/value.h"
#include "modbus/command_run.h"
#include "modbus/option_parts.h"
#include "modbus/point_value.h"
#include "modbus/probe/sunspec_points.h"
#include "modbus/probe/sunspec_walk.h"
#include "modbus/request_plan.h"
#include "plugin_api/input_config.h"

namespace fieldway::modbus {
namespace {

namespace json = boost::json;

constexpr std::uint8_t illegal_function = 1;
constexpr std::array all_areas{Area::holding, Area::input, Area::coil, Area::discrete};
/// A profile of whose points more than one in so many are refused is another device's.
constexpr std::size_t points_for_a_refused_one = 10;

std::string registers_text(Area area, ByteView data) {
    if (is_bit_area(area)) return (data[0] & 1U) != 0 ? "1" : "0";
    return std::to_string(BigEndianReader(data).number<std::uint16_t>());
}

/// `SunSpec map at 40000: 1 common, 103 inverter, three phases`
std::string about_sunspec(const SunspecWalk& walk) {
    std::string text = fmt::format("SunSpec map at {}:", *walk.base());
    for (const SunspecBlock& block : walk.blocks()) {
        const char* name = sunspec_name(block.model);
        text += fmt::format("{} model {}{}{}{} at {}", &block == &walk.blocks().front() ? "" : ",",
                            block.model, name == nullptr ? "" : " (", name == nullptr ? "" : name,
                            name == nullptr ? "" : ")", block.address);
    }
    if (!walk.problem().empty()) text += "; it ends early: " + walk.problem();
    return text;
}

json::object told_value(const PointOptions& point, const Result<Value>& value) {
    json::object told{{"name", point.name}};
    if (!value) {
        told["error"] = value.error().sentence();
        return told;
    }
    told["value"] = json::parse(to_json_text(*value));
    if (std::holds_alternative<float>(*value)) told["type"] = "float32";
    return told;
}

}  // namespace

std::vector<ProfileTrial> read_profiles(const json::array& profiles) {
    std::vector<ProfileTrial> trials;
    for (const json::value& given : profiles) {
        const json::object& profile = given.as_object();
        const auto settings = input_settings_from_json(json::serialize(profile.at("settings")));
        if (!settings || settings->devices.size() != 1) continue;
        const InputDevice& device = settings->devices.front();
        ProfileTrial trial;
        trial.name = profile.at("name").as_string();
        trial.device.limits.max_registers =
            option_of<std::uint16_t>(device.options, "max_registers");
        trial.device.limits.max_bits = option_of<std::uint16_t>(device.options, "max_bits");
        trial.device.limits.max_gap = option_of<std::uint16_t>(device.options, "max_gap");
        for (const InputPoint& point : device.points) {
            const Result<PointOptions> options = read_point(point);
            if (options) trial.device.points.push_back(*options);
        }
        if (trial.device.points.size() == device.points.size()) trials.push_back(std::move(trial));
    }
    return trials;
}

UnitSurvey::UnitSurvey(ProbeBus& bus, std::uint8_t unit, const LineOptions& line,
                       std::function<void(const std::string&)> doing)
    : bus_(bus),
      unit_(unit),
      timeout_(line.timeout),
      cost_(LineCost(line).of(LineCost(line).assumed_turn_around())),
      doing_(std::move(doing)) {}

std::optional<json::object> UnitSurvey::run(const std::vector<ProfileTrial>& profiles,
                                            bool identify) {
    doing_(fmt::format("unit {}", unit_));
    if (!find_areas()) return std::nullopt;
    if (identify) {
        read_identification();
        if (areas_.contains(Area::holding)) {
            doing_(fmt::format("unit {}, SunSpec", unit_));
            walk_sunspec();
        }
        try_profiles(profiles);
    }
    if (!found_.contains("points")) found_["points"] = std::move(points_);
    found_["address"] = json::object{{"unit", unit_}};
    return std::move(found_);
}

std::optional<Reply> UnitSurvey::ask(const Request& request) {
    constexpr int tries = 2;
    for (int i = 0; i < tries && silences_ < most_silences; ++i) {
        Reply reply = bus_.ask(request, timeout_);
        const bool gateway =
            reply.kind == Reply::Kind::exception && is_gateway_exception(reply.exception);
        if (reply.kind == Reply::Kind::answer) return reply;
        if (reply.kind == Reply::Kind::exception && !gateway) return reply;
        if (bus_.ended()) return std::nullopt;
        ++silences_;
    }
    return std::nullopt;
}

/// Which tables the unit has, by their first register. Address 0 need not be there: an exception 02
/// tells of the table all the same.
bool UnitSurvey::find_areas() {
    std::string values;
    std::map<std::uint8_t, std::string> refusals;  // the tables, by exception
    const auto add = [](std::string& text, const std::string& more) {
        text += (text.empty() ? "" : ", ") + more;
    };
    for (const Area area : all_areas) {
        const std::optional<Reply> reply = ask({unit_, read_function_of(area), 0, 1});
        // Who is silent to one function may answer to another.
        if (!reply) continue;
        const std::string place = fmt::format("{}:0", name_of(area));
        if (reply->kind == Reply::Kind::exception) {
            add(refusals[reply->exception], place);
            if (reply->exception != illegal_function) areas_.insert(area);
            continue;
        }
        areas_.insert(area);
        add(values, place + " is " + registers_text(area, reply->data));
        points_.push_back(
            json::object{{"name", fmt::format("{}_0", name_of(area))}, {"register", place}});
    }
    std::string answer = values;
    for (const auto& [exception, tables] : refusals)
        answer +=
            fmt::format("{}{}: {}", answer.empty() ? "" : "; ", tables, exception_text(exception));
    found_["answer"] = answer;
    return !answer.empty();
}

void UnitSurvey::read_identification() {
    DeviceOptions device;
    device.unit = unit_;
    wire::Command command;
    command.kind = wire::CommandKind::status;
    Result<CommandRun> run = CommandRun::make(0, device, command);
    if (!run) return;
    for (bool done = false; !done;) {
        const Request request = run->request();
        const std::optional<Reply> reply = ask(request);
        if (!reply) return;
        done = run->done(request, *reply, timeout_);
    }
    if (run->outcome().status != wire::OutcomeStatus::done) return;
    const json::value identity = json::parse(run->outcome().details);
    if (!identity.as_object().empty()) found_["identity"] = identity;
}

void UnitSurvey::walk_sunspec() {
    SunspecWalk walk(unit_);
    while (const auto request = walk.next()) {
        const std::optional<Reply> reply = ask(*request);
        walk.take(reply.value_or(Reply{}));
    }
    if (!walk.base()) return;
    found_["about"] = about_sunspec(walk);
    if (!walk.identity().empty()) found_["identity"] = walk.identity();
    json::array points = sunspec_points(walk.blocks());
    if (!points.empty()) found_["points"] = std::move(points);
}

void UnitSurvey::try_profiles(const std::vector<ProfileTrial>& profiles) {
    json::array tried;
    for (const ProfileTrial& profile : profiles) {
        if (bus_.ended() || silences_ >= most_silences) break;
        doing_(fmt::format("unit {}, {}", unit_, profile.name));
        if (auto result = try_profile(profile)) tried.push_back(std::move(*result));
    }
    found_["profiles"] = std::move(tried);
}

std::optional<json::object> UnitSurvey::try_profile(const ProfileTrial& profile) {
    const std::vector<PointOptions>& points = profile.device.points;
    std::vector<PlanItem> items;
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (!areas_.contains(points[i].area)) return std::nullopt;
        const PointSpan span = span_of(points[i]);
        items.push_back({i, points[i].area, span.address, span.count});
    }
    json::array values;
    std::size_t refused = 0;
    bool any = false;
    // What comes next is at the end.
    std::vector<PlannedBlock> open;
    const auto plan = [&](std::span<const PlanItem> part) {
        std::vector<PlannedBlock> blocks = plan_requests(part, profile.device.limits, cost_);
        open.insert(open.end(), std::make_move_iterator(blocks.rbegin()),
                    std::make_move_iterator(blocks.rend()));
    };
    plan(items);
    while (!open.empty()) {
        const PlannedBlock block = std::move(open.back());
        open.pop_back();
        const Result<Bytes> data = read_block({block.area, block.address, block.count});
        std::vector<PlanItem> of_block;
        for (const std::size_t item : block.items)
            of_block.push_back(items[item]);
        // Registers between those of the profile may be missing: each side is asked for itself.
        const bool is_refused = !data && data.error().consequence() == Consequence::drop_item;
        if (is_refused && !are_one_place(of_block)) {
            const std::span<const PlanItem> all(of_block);
            const std::size_t cut = cut_of_refused(all);
            plan(all.subspan(cut));
            plan(all.first(cut));
            continue;
        }
        if (!data) refused += block.items.size();
        if (refused * points_for_a_refused_one > points.size()) return std::nullopt;
        any = any || data;
        const Request request{unit_, read_function_of(block.area), block.address, block.count};
        for (const std::size_t item : block.items) {
            values.push_back(told_value(points[item], data ? value_of(points[item], request, *data)
                                                           : Result<Value>(data.error())));
        }
    }
    if (!any) return std::nullopt;
    return json::object{{"name", profile.name}, {"values", std::move(values)}};
}

Result<Bytes> UnitSurvey::read_block(const Block& block) {
    if (const auto known = blocks_.find(block); known != blocks_.end()) return known->second;
    const auto& [area, address, count] = block;
    const std::optional<Reply> reply = ask({unit_, read_function_of(area), address, count});
    Result<Bytes> read = Error::retry("no answer");
    if (reply && reply->kind == Reply::Kind::answer) {
        read = Bytes(reply->data.begin(), reply->data.end());
    } else if (reply) {
        read = Error::drop_item(exception_text(reply->exception));
    }
    blocks_.emplace(block, read);
    return read;
}

}  // namespace fieldway::modbus
