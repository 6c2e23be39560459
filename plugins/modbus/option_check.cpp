// Every problem at once, and the whole structs.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "modbus/modbus_options.h"
#include "modbus/option_parts.h"
#include "modbus/point_value.h"

namespace fieldway::modbus {
namespace {

/// `pointer` and the option that the error is about.
Problem problem_at(const std::string& pointer, const Error& error) {
    return {error.place().empty() ? pointer : pointer + "/" + error.place(), error.sentence(),
            false};
}

/// What the raw value of a point can be; nothing: any number, or no number at all.
struct RawRange {
    double least = 0;
    double most = 0;
    int bits = 0;
};
std::optional<RawRange> range_of(const PointOptions& point) {
    if (point.bits && point.layout.type != RegisterType::boolean) {
        const int bits = point.bits->last - point.bits->first + 1;
        return RawRange{0, static_cast<double>((1U << static_cast<unsigned>(bits)) - 1U), bits};
    }
    switch (point.layout.type) {
        case RegisterType::boolean:
            return RawRange{0, 1, 1};
        case RegisterType::int16:
            return RawRange{INT16_MIN, INT16_MAX, 16};
        case RegisterType::uint16:
            return RawRange{0, UINT16_MAX, 16};
        case RegisterType::int32:
            return RawRange{INT32_MIN, INT32_MAX, 32};
        case RegisterType::uint32:
            return RawRange{0, UINT32_MAX, 32};
        case RegisterType::int64:
            return RawRange{-0x1p63, 0x1p63, 64};
        case RegisterType::uint64:
            return RawRange{0, 0x1p64, 64};
        case RegisterType::bcd16:
            return RawRange{0, 9999, 14};
        case RegisterType::bcd32:
            return RawRange{0, 99'999'999, 27};
        case RegisterType::float32:
        case RegisterType::float64:
        case RegisterType::string:
            break;
    }
    return std::nullopt;
}

/// What mapping asks of the raw value and it never is: bits would be 0 for ever, and a value that
/// is none would be sent as one.
class RawCheck {
  public:
    RawCheck(const PointOptions& point, const RawUse& raw, std::string pointer)
        : type_(name_of(point.layout.type)),
          text_(point.layout.type == RegisterType::string),
          range_(range_of(point)),
          raw_(raw),
          pointer_(std::move(pointer)) {}

    std::vector<Problem> run() {
        if (raw_.last_bit) check_bits();
        for (std::size_t i = 0; i < raw_.no_value.size(); ++i)
            check_code(raw_.no_value[i], "/no_value/" + std::to_string(i));
        if (range_ && raw_.least && *raw_.least < range_->least) {
            doubt("/min", fmt::format("min is {}, and a {} cannot be less than {}: that will be "
                                      "refused",
                                      *raw_.least, type_, range_->least));
        }
        if (range_ && raw_.most && *raw_.most > range_->most) {
            doubt("/max", fmt::format("max is {}, and a {} cannot be more than {}: that will be "
                                      "refused",
                                      *raw_.most, type_, range_->most));
        }
        return std::move(problems_);
    }

  private:
    void check_bits() {
        if (!range_) {
            refuse("/bits",
                   fmt::format("a {} has no bits to take; give the point an integer type", type_));
        } else if (*raw_.last_bit >= range_->bits) {
            refuse("/bits", fmt::format("bits goes up to bit {}, and the last bit of this {} is {}",
                                        *raw_.last_bit, type_, range_->bits - 1));
        }
    }

    void check_code(std::int64_t code, const std::string& where) {
        if (text_ || type_ == name_of(RegisterType::boolean)) {
            refuse(where, fmt::format("a {} has no codes for no value; remove no_value", type_));
            return;
        }
        // A code of 64 bits is any 64 bits: -1 are all ones of a uint64.
        if (!range_ || range_->bits == 64) return;
        const auto number = static_cast<double>(code);
        if (number >= range_->least && number <= range_->most) return;
        refuse(where, fmt::format("no_value has {}, which this {} never is: {} to {} are possible",
                                  code, type_, range_->least, range_->most));
    }

    void refuse(const std::string& where, std::string sentence) {
        problems_.push_back({pointer_ + where, std::move(sentence), false});
    }
    void doubt(const std::string& where, std::string sentence) {
        problems_.push_back({pointer_ + where, std::move(sentence), true});
    }

    std::string_view type_;
    bool text_;
    std::optional<RawRange> range_;
    const RawUse& raw_;
    std::string pointer_;
    std::vector<Problem> problems_;
};

class Check {
  public:
    explicit Check(const InputSettings& settings) : settings_(settings) {}

    std::vector<Problem> run() {
        const Result<LineOptions> line = read_line(settings_.options);
        if (!line) problems_.push_back(problem_at("/options", line.error()));
        // Known by the url, whatever else is wrong with the line.
        const auto endpoint = parse_endpoint(option_of<std::string>(settings_.options, "url"));
        const bool serial = endpoint && !has_numbers(endpoint->kind);
        for (std::size_t i = 0; i < settings_.devices.size(); ++i) {
            check_device(settings_.devices[i], fmt::format("/devices/{}", i), serial);
        }
        return std::move(problems_);
    }

  private:
    void check_device(const InputDevice& device, const std::string& pointer, bool serial) {
        const auto unit = option_of<int>(device.address, "unit");
        if (serial && unit > 247) {
            add(pointer + "/address/unit",
                fmt::format("unit {} is not possible on a serial line: 1 to 247 are, and 0 for "
                            "all of them",
                            unit));
        }
        const auto [first, is_new] = units_.emplace(unit, device.id);
        if (!is_new) {
            warn(pointer + "/address/unit",
                 fmt::format("unit {} is the unit of device {} too: right when one device is "
                             "shown as two, otherwise a slip",
                             unit, first->second));
        }
        for (std::size_t i = 0; i < device.points.size(); ++i) {
            check_point(device, device.points[i], fmt::format("{}/points/{}", pointer, i),
                        serial && unit == broadcast_unit);
        }
    }

    void check_point(const InputDevice& device, const InputPoint& input_point,
                     const std::string& pointer, bool broadcast) {
        const Result<PointOptions> point = read_point(input_point);
        if (!point) {
            problems_.push_back(problem_at(pointer + "/options", point.error()));
            return;
        }
        if (const Result<> fits = check_bits(*point, read_bit_writes(device.options)); !fits) {
            problems_.push_back(problem_at(pointer + "/options", fits.error()));
        }
        const Result<> possible = broadcast ? check_broadcast(*point) : Result<>();
        if (!possible) {
            const bool of_option = !possible.error().place().empty();
            problems_.push_back(
                problem_at(of_option ? pointer + "/options" : pointer, possible.error()));
        }
        // A scale factor of the device makes another number of it.
        if (!point->scale_factor) {
            const auto of_raw = RawCheck(*point, input_point.raw, pointer).run();
            problems_.insert(problems_.end(), of_raw.begin(), of_raw.end());
        }
        const auto most = option_of<int>(device.options, "max_registers");
        const int registers = span_of(*point).count;
        if (!is_bit_area(point->area) && registers > most) {
            add(pointer + "/options/type",
                fmt::format("{} takes {} registers, max_registers of the device is {}: a value is "
                            "never read in two halves",
                            point->scale_factor || point->expect
                                ? "the point with what is read along with it"
                                : name_of(point->layout.type),
                            registers, most));
        }
    }

    void add(std::string pointer, std::string sentence) {
        problems_.push_back({std::move(pointer), std::move(sentence), false});
    }
    void warn(std::string pointer, std::string sentence) {
        problems_.push_back({std::move(pointer), std::move(sentence), true});
    }

    const InputSettings& settings_;
    std::vector<Problem> problems_;
    std::map<int, std::string> units_;
};

}  // namespace

std::vector<Problem> check_options(const InputSettings& settings) {
    return Check(settings).run();
}

Result<InputOptions> read_options(const InputSettings& settings) {
    InputOptions options;
    options.name = settings.name;
    const Result<LineOptions> line = read_line(settings.options);
    if (!line) return line.error();
    options.line = *line;
    for (const InputDevice& device : settings.devices) {
        DeviceOptions made;
        made.number = device.number;
        made.id = device.id;
        made.unit = option_of<std::uint8_t>(device.address, "unit");
        made.limits.max_registers = option_of<std::uint16_t>(device.options, "max_registers");
        made.limits.max_bits = option_of<std::uint16_t>(device.options, "max_bits");
        made.limits.max_gap = option_of<std::uint16_t>(device.options, "max_gap");
        made.bit_writes = read_bit_writes(device.options);
        made.pause = option_of<Duration>(device.options, "pause");
        const bool broadcast =
            made.unit == broadcast_unit && !has_numbers(options.line.endpoint.kind);
        for (const InputPoint& point : device.points) {
            const Result<PointOptions> point_options = read_point(point);
            if (!point_options) {
                return point_options.error().within(point.name).within("device " + device.id);
            }
            made.points.push_back(*point_options);
            if (broadcast) made.points.back().every = Duration::zero();  // nobody answers
        }
        options.devices.push_back(std::move(made));
    }
    return options;
}

}  // namespace fieldway::modbus
