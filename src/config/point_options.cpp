#include "config/point_options.h"

#include <charconv>
#include <limits>
#include <set>
#include <system_error>

#include "base/value.h"
#include "config/choice.h"
#include "config/names.h"

namespace fieldway::config {

namespace {

using namespace std::chrono_literals;
using enum OptionType;

constexpr std::array verifications{Choice<Verify>{"read-back", Verify::read_back},
                                   Choice<Verify>{"echo", Verify::echo},
                                   Choice<Verify>{"none", Verify::none}};

template <class Integer>
std::optional<Integer> whole(std::string_view text, int base = 10) {
    Integer value{};
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (status != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<std::int64_t> enum_code(std::string_view text) {
    if (text.starts_with("0x") || text.starts_with("0X")) {
        return whole<std::int64_t>(text.substr(2), 16);
    }
    return whole<std::int64_t>(text);
}

/// Checks of one point; its words for places and verdicts.
class PointChecks {
  public:
    PointChecks(const PointOptions& point, const CheckedMap& device, const std::string& path,
                Diagnostics& diagnostics)
        : point_(point), device_(device), path_(path), diagnostics_(diagnostics) {}

    void run(const ExpressionCheck& check_expression) {
        if (sound("name")) {
            if (const std::string why = why_no_point_name(point_.name); !why.empty()) {
                error("name", why);
            }
        }
        if (point_.scale == 0.0 && sound("scale")) {
            error("scale", "scale is 0, which makes every value 0");
        }
        check_expression_of("expression", point_.expression, check_expression.why_not_usable);
        check_expression_of("write_expression", point_.write_expression,
                            check_expression.why_not_usable);
        check_enumeration();
        check_writing(check_expression.why_no_inverse);
    }

  private:
    [[nodiscard]] bool given(const char* key) const { return device_.given(path_ + "." + key); }
    [[nodiscard]] bool sound(const char* key) const { return device_.sound(path_ + "." + key); }
    void error(const char* key, std::string sentence) {
        diagnostics_.error(device_.place(path_ + "." + key), std::move(sentence));
    }

    void check_expression_of(const char* key, const std::string& expression,
                             const ExpressionCheck::Why& why_not) {
        if (!given(key) || !sound(key) || !why_not) return;
        if (const std::string why = why_not(expression); !why.empty()) error(key, why);
    }

    void check_enumeration() {
        if (!given("enum")) return;
        for (const char* key :
             {"scale", "offset", "expression", "round", "min", "max", "write_expression"}) {
            if (given(key)) {
                error(key, std::string(key) + " and enum exclude each other: an enum makes a text");
            }
        }
        if (!point_.writable) return;
        std::set<std::string> texts;
        for (const auto& [code, name] : point_.enumeration) {
            if (!texts.insert(name).second) {
                error("enum", "two codes have the name " + shown_text(name) +
                                  "; a writable point needs one code for each");
            }
        }
    }

    void check_writing(const ExpressionCheck::Why& why_no_inverse) {
        if (!point_.writable) {
            for (const char* key : {"min", "max", "verify", "write_expression"}) {
                if (given(key)) {
                    error(key, std::string(key) +
                                   " is about writing; the point is not writable "
                                   "(writable: true)");
                }
            }
            return;
        }
        if (given("expression") && sound("expression") && !given("write_expression") &&
            why_no_inverse) {
            const std::string why = why_no_inverse(point_.expression);
            if (!why.empty()) {
                error("expression", why +
                                        ", so the point cannot be written; give write_expression: "
                                        "the raw value of the `value` that is written");
            }
        }
        if (given("bits")) {
            error("bits",
                  "a write would change the other bits too, so a point with bits cannot be "
                  "writable");
        }
        if (point_.min && point_.max && *point_.min > *point_.max && sound("min") && sound("max")) {
            error("min", "min is larger than max; nothing could be written");
        }
    }

    const PointOptions& point_;
    const CheckedMap& device_;
    const std::string& path_;
    Diagnostics& diagnostics_;
};

std::map<std::int64_t, std::string> make_enumeration(const boost::json::object& values,
                                                     const Place& place, Diagnostics& diagnostics) {
    std::map<std::int64_t, std::string> enumeration;
    for (const auto& entry : values) {
        const std::string key(entry.key());
        const auto code = enum_code(key);
        if (!code) {
            diagnostics.error(
                place, "enum has the code " + shown_text(key) + "; a code is a whole number");
        } else if (!enumeration.emplace(*code, std::string(entry.value().as_string())).second) {
            diagnostics.error(place, "enum has the code " + key + " twice");
        }
    }
    return enumeration;
}

/// The bits of a signed integer type as plugins name it (int16), 0 for all else.
int signed_bits(const boost::json::object& values) {
    const auto* type = values.if_contains("type");
    if (type == nullptr || !type->is_string()) return 0;
    const std::string_view name = type->as_string();
    if (!name.starts_with("int")) return 0;
    const int bits = whole<std::uint8_t>(name.substr(3)).value_or(0);
    return bits < 64 ? bits : 0;  // a code cannot be larger than an int64 anyway
}

/// Manuals give codes as they stand in the registers: 0x8000 of an int16 is read as -32768.
std::int64_t as_read(std::int64_t code, int bits) {
    if (bits == 0) return code;
    const std::int64_t range = std::int64_t{1} << bits;
    return code >= range / 2 && code < range ? code - range : code;
}

}  // namespace

OptionTable point_table() {
    return {
        option("name", text, "the point's name in payloads").required().within(1, 128),
        option("unit", text, "the unit of the value, for status and docs").within(0, 32),
        option(
            "every", duration,
            "the poll interval; the device's when it is not given. A message with each poll waits "
            "for its slowest point: points of another interval want a message of their own")
            .within(1ms, 168h),
        option("no_value", integers,
               "raw values that mean that there is none, such as [0x8000]; -1 of a uint64 is all "
               "ones"),
        option("bits", text, "one bit of the raw value (3), or a range as a number (3-5)")
            .within(1, 5),
        option("enum", table,
               "a text for each raw value: { 0: off, 1: on }; any other value is sent "
               "as a number"),
        option("scale", number, "what the raw value is multiplied with"),
        option("offset", number, "what is added after scale"),
        option("expression", text, "a formula of `value`, after scale and offset: value / 100")
            .within(1, 256),
        option("round", integer, "decimal places kept").within(0, 15),
        option("writable", boolean, "whether commands may write it").preset(false),
        option("write_expression", text,
               "a formula of `value`, the value that is written, for the raw one: instead of "
               "undoing scale, offset and expression; needed where that cannot be undone")
            .within(1, 256),
        option("min", number, "the least that may be written"),
        option("max", number, "the most that may be written"),
        option("verify", choice,
               "how a write is confirmed: the point is read again and compared, the "
               "device's answer is enough, or sent is enough")
            .choices(words_of(verifications))
            .preset("read-back"),
    };
}

std::optional<BitRange> parse_bits(std::string_view text) {
    const std::size_t dash = std::min(text.find('-'), text.size());
    const auto first = whole<std::uint8_t>(text.substr(0, dash));
    const auto last = dash == text.size() ? first : whole<std::uint8_t>(text.substr(dash + 1));
    if (!first || !last || *first > *last || *last > 63) return std::nullopt;
    return BitRange{*first, *last};
}

PointOptions make_point(const boost::json::object& values, const CheckedMap& device,
                        const std::string& path, Duration device_every,
                        const ExpressionCheck& check_expression, Diagnostics& diagnostics) {
    PointOptions point;
    point.name = option_of<std::string>(values, "name");
    point.unit = optional_of<std::string>(values, "unit").value_or("");
    point.scale = optional_of<double>(values, "scale");
    point.offset = optional_of<double>(values, "offset");
    point.expression = optional_of<std::string>(values, "expression").value_or("");
    if (const auto* table = values.if_contains("enum")) {
        point.enumeration =
            make_enumeration(table->as_object(), device.place(path + ".enum"), diagnostics);
    }
    if (const auto text = optional_of<std::string>(values, "bits");
        text && device.sound(path + ".bits")) {
        point.bits = parse_bits(*text);
        if (!point.bits) {
            diagnostics.error(device.place(path + ".bits"),
                              "bits is " + shown_text(*text) +
                                  "; it must be one bit of 0 to 63 (3), or a range (3-5)");
        }
    }
    point.round = optional_of<int>(values, "round");
    if (const auto* codes = values.if_contains("no_value")) {
        const int bits = signed_bits(values);
        for (const auto& code : codes->as_array())
            point.no_value.push_back(as_read(code.to_number<std::int64_t>(), bits));
    }
    point.writable = option_of<bool>(values, "writable");
    point.write_expression = optional_of<std::string>(values, "write_expression").value_or("");
    point.min = optional_of<double>(values, "min");
    point.max = optional_of<double>(values, "max");
    point.verify = chosen(verifications, values.at("verify"));
    point.every = optional_of<Duration>(values, "every").value_or(device_every);
    PointChecks(point, device, path, diagnostics).run(check_expression);
    return point;
}

}  // namespace fieldway::config
