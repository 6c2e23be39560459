// Offsets, types and scale factors: SunSpec Alliance, sunspec/models (json) 1, 101 to 103, 111 to
// 113, 120, 124, 160, 201 to 204 and 802. Power factors are left out: makers disagree about their
// unit and sign; battery power too, about its sign.
#include "modbus/probe/sunspec_points.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <string>

#include <fmt/format.h>

namespace fieldway::modbus {
namespace {

namespace json = boost::json;

enum class Kind : std::uint8_t { int16, uint16, acc32, float32, state, charge_state, text };

struct ModelPoint {
    const char* name;
    std::uint16_t offset;  ///< from the model's number
    Kind kind;
    std::uint16_t scale_at;  ///< offset of the scale factor; 0: none
    const char* unit;
    double scale = 1;  ///< to the vocabulary's unit
};

constexpr double kilo = 0.001;

constexpr ModelPoint common[] = {{"serial_number", 50, Kind::text, 0, ""}};

constexpr ModelPoint inverter_single[] = {
    {"current", 3, Kind::uint16, 6, "A"},
    {"voltage", 10, Kind::uint16, 13, "V"},
};
constexpr ModelPoint inverter_split[] = {
    {"current_total", 2, Kind::uint16, 6, "A"}, {"current_l1", 3, Kind::uint16, 6, "A"},
    {"current_l2", 4, Kind::uint16, 6, "A"},    {"voltage_l1", 10, Kind::uint16, 13, "V"},
    {"voltage_l2", 11, Kind::uint16, 13, "V"},
};
constexpr ModelPoint inverter_three[] = {
    {"current_l3", 5, Kind::uint16, 6, "A"},
    {"voltage_l3", 12, Kind::uint16, 13, "V"},
};
constexpr ModelPoint inverter_all[] = {
    {"power", 14, Kind::int16, 15, "W"},
    {"frequency", 16, Kind::uint16, 17, "Hz"},
    {"apparent_power", 18, Kind::int16, 19, "VA"},
    {"reactive_power", 20, Kind::int16, 21, "var"},
    {"energy_yield", 24, Kind::acc32, 26, "kWh", kilo},
    {"pv_current", 27, Kind::uint16, 28, "A"},
    {"pv_voltage", 29, Kind::uint16, 30, "V"},
    {"pv_power", 31, Kind::int16, 32, "W"},
    {"temperature", 33, Kind::int16, 37, "°C"},
    {"state", 38, Kind::state, 0, ""},
};

constexpr ModelPoint float_single[] = {
    {"current", 4, Kind::float32, 0, "A"},
    {"voltage", 16, Kind::float32, 0, "V"},
};
constexpr ModelPoint float_split[] = {
    {"current_total", 2, Kind::float32, 0, "A"}, {"current_l1", 4, Kind::float32, 0, "A"},
    {"current_l2", 6, Kind::float32, 0, "A"},    {"voltage_l1", 16, Kind::float32, 0, "V"},
    {"voltage_l2", 18, Kind::float32, 0, "V"},
};
constexpr ModelPoint float_three[] = {
    {"current_l3", 8, Kind::float32, 0, "A"},
    {"voltage_l3", 20, Kind::float32, 0, "V"},
};
constexpr ModelPoint float_all[] = {
    {"power", 22, Kind::float32, 0, "W"},
    {"frequency", 24, Kind::float32, 0, "Hz"},
    {"apparent_power", 26, Kind::float32, 0, "VA"},
    {"reactive_power", 28, Kind::float32, 0, "var"},
    {"energy_yield", 32, Kind::float32, 0, "kWh", kilo},
    {"pv_current", 34, Kind::float32, 0, "A"},
    {"pv_voltage", 36, Kind::float32, 0, "V"},
    {"pv_power", 38, Kind::float32, 0, "W"},
    {"temperature", 40, Kind::float32, 0, "°C"},
    {"state", 48, Kind::state, 0, ""},
};

constexpr ModelPoint nameplate[] = {{"power_rated", 3, Kind::uint16, 4, "W"}};

constexpr ModelPoint storage[] = {
    {"battery_soc", 8, Kind::uint16, 22, "%"},
    {"battery_voltage", 10, Kind::uint16, 24, "V"},
    {"battery_state", 11, Kind::charge_state, 0, ""},
};
constexpr ModelPoint battery[] = {{"battery_soc", 11, Kind::uint16, 56, "%"}};

constexpr ModelPoint meter_single[] = {
    {"current", 3, Kind::int16, 6, "A"},
    {"voltage", 8, Kind::int16, 15, "V"},
};
constexpr ModelPoint meter_split[] = {
    {"current_total", 2, Kind::int16, 6, "A"}, {"current_l1", 3, Kind::int16, 6, "A"},
    {"current_l2", 4, Kind::int16, 6, "A"},    {"voltage_l1", 8, Kind::int16, 15, "V"},
    {"voltage_l2", 9, Kind::int16, 15, "V"},   {"power_l1", 19, Kind::int16, 22, "W"},
    {"power_l2", 20, Kind::int16, 22, "W"},
};
constexpr ModelPoint meter_three[] = {
    {"current_l3", 5, Kind::int16, 6, "A"},
    {"voltage_l3", 10, Kind::int16, 15, "V"},
    {"power_l3", 21, Kind::int16, 22, "W"},
};
constexpr ModelPoint meter_all[] = {
    {"frequency", 16, Kind::int16, 17, "Hz"},
    {"power", 18, Kind::int16, 22, "W"},
    {"apparent_power", 23, Kind::int16, 27, "VA"},
    {"reactive_power", 28, Kind::int16, 32, "var"},
    {"energy_export", 38, Kind::acc32, 54, "kWh", kilo},
    {"energy_import", 46, Kind::acc32, 54, "kWh", kilo},
};

/// Of one tracker of model 160, from the begin of its part; scale factors from the model's.
constexpr std::uint16_t first_tracker = 10;
constexpr std::uint16_t tracker_registers = 20;
/// More than an inverter has; a number beyond it is no number.
constexpr std::uint16_t most_trackers = 16;
constexpr ModelPoint tracker[] = {
    {"pv{}_current", 9, Kind::uint16, 2, "A"},
    {"pv{}_voltage", 10, Kind::uint16, 3, "V"},
    {"pv{}_power", 11, Kind::uint16, 4, "W"},
};

using Points = std::span<const ModelPoint>;
struct Model {
    std::uint16_t number;
    const char* name;
    std::array<Points, 3> parts;
};
const std::array models{
    Model{1, "common", {common, {}, {}}},
    Model{101, "inverter, one phase", {inverter_single, inverter_all, {}}},
    Model{102, "inverter, split phase", {inverter_split, inverter_all, {}}},
    Model{103, "inverter, three phases", {inverter_split, inverter_three, inverter_all}},
    Model{111, "inverter, one phase, floats", {float_single, float_all, {}}},
    Model{112, "inverter, split phase, floats", {float_split, float_all, {}}},
    Model{113, "inverter, three phases, floats", {float_split, float_three, float_all}},
    Model{120, "nameplate", {nameplate, {}, {}}},
    Model{124, "storage", {storage, {}, {}}},
    Model{160, "trackers", {}},
    Model{201, "meter, one phase", {meter_single, meter_all, {}}},
    Model{202, "meter, split phase", {meter_split, meter_all, {}}},
    Model{203, "meter, three phases", {meter_split, meter_three, meter_all}},
    Model{204, "meter, three phases without neutral", {meter_split, meter_three, meter_all}},
    Model{802, "battery", {battery, {}, {}}},
};

std::string type_text(Kind kind) {
    switch (kind) {
        case Kind::int16:
            return "int16";
        case Kind::acc32:
            return "uint32";
        case Kind::float32:
            return "float32";
        case Kind::text:
            return "string";
        default:
            return "uint16";
    }
}

std::uint16_t registers_of(Kind kind) {
    constexpr std::uint16_t text_registers = 16;
    if (kind == Kind::text) return text_registers;
    return kind == Kind::acc32 || kind == Kind::float32 ? 2 : 1;
}

json::object states() {
    return {{"1", "off"},       {"2", "sleeping"},      {"3", "starting"}, {"4", "MPPT"},
            {"5", "throttled"}, {"6", "shutting down"}, {"7", "fault"},    {"8", "standby"}};
}
json::object charge_states() {
    return {{"1", "off"},  {"2", "empty"},   {"3", "discharging"}, {"4", "charging"},
            {"5", "full"}, {"6", "holding"}, {"7", "testing"}};
}

/// `names`: how often each was given.
class PointList {
  public:
    /// `begin`: what the offset counts from.
    void add(const SunspecBlock& block, const ModelPoint& point, std::uint16_t begin,
             std::string name) {
        const std::uint32_t address = std::uint32_t{begin} + point.offset;
        const std::uint32_t end = std::uint32_t{block.address} + 2 + block.length;
        const std::uint32_t scale = std::uint32_t{block.address} + point.scale_at;
        // A model may be shorter than its document: what is not there is nobody's.
        if (address + registers_of(point.kind) > end || scale >= end) return;
        // Nor is what one request cannot read together with the model's number: the sixth tracker.
        if (address + registers_of(point.kind) - block.address > most_registers_read) return;
        const int times = ++names_[name];
        if (times > 1) name += fmt::format("_{}", times);
        json::object made{{"name", name},
                          {"register", fmt::format("holding:{}", address)},
                          {"type", type_text(point.kind)}};
        if (point.kind == Kind::text) {
            made["length"] = registers_of(point.kind);
            made["every"] = "1h";
        }
        if (point.scale_at != 0) made["scale_factor"] = fmt::format("holding:{}", scale);
        made["expect"] = fmt::format("holding:{}={}", block.address, block.model);
        if (point.kind == Kind::acc32) made["no_value"] = json::array{0};
        if (point.kind == Kind::state || point.kind == Kind::charge_state) {
            made["no_value"] = json::array{0xFFFF};
            made["enum"] = point.kind == Kind::state ? states() : charge_states();
        }
        if (point.scale != 1) made["scale"] = point.scale;
        if (*point.unit != '\0') made["unit"] = point.unit;
        points_.push_back(std::move(made));
    }
    json::array take() { return std::move(points_); }

  private:
    std::map<std::string, int> names_;
    json::array points_;
};

const Model* find_model(std::uint16_t number) {
    const auto found = std::find_if(models.begin(), models.end(), [number](const Model& model) {
        return model.number == number;
    });
    return found == models.end() ? nullptr : &*found;
}

}  // namespace

const char* sunspec_name(std::uint16_t model) {
    const Model* found = find_model(model);
    return found == nullptr ? nullptr : found->name;
}

json::array sunspec_points(const std::vector<SunspecBlock>& blocks) {
    PointList list;
    for (const SunspecBlock& block : blocks) {
        const Model* model = find_model(block.model);
        if (model == nullptr) continue;
        for (const Points& part : model->parts) {
            for (const ModelPoint& point : part)
                list.add(block, point, block.address, point.name);
        }
        for (std::uint16_t i = 0; i < std::min(block.modules, most_trackers); ++i) {
            const auto begin =
                static_cast<std::uint16_t>(block.address + first_tracker + i * tracker_registers);
            for (const ModelPoint& point : tracker)
                list.add(block, point, begin, fmt::format(fmt::runtime(point.name), i + 1));
        }
    }
    return list.take();
}

}  // namespace fieldway::modbus
