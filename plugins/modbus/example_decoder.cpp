#include "modbus/example_decoder.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/bytes.h"
#include "base/json_text.h"
#include "base/value.h"
#include "modbus/bus.h"
#include "modbus/option_parts.h"
#include "modbus/point_value.h"
#include "plugin_api/input_config.h"

namespace fieldway::modbus {
namespace {

namespace json = boost::json;

constexpr std::size_t digits_of_register = 4;

/// The words of a text, whatever white space stands between them.
std::vector<std::string_view> words_of(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    std::vector<std::string_view> words;
    while (true) {
        const std::size_t begin = text.find_first_not_of(space);
        if (begin == std::string_view::npos) return words;
        const std::size_t end = std::min(text.find_first_of(space, begin), text.size());
        words.push_back(text.substr(begin, end - begin));
        text.remove_prefix(end);
    }
}

/// The registers and bits of one example, as a device would hold them.
class ExampleDevice {
  public:
    /// `text` from `begin` upwards; the sentence of what is wrong, or nothing.
    std::string add(const RegisterAddress& begin, std::string_view text) {
        const std::vector<std::string_view> words = words_of(text);
        if (words.empty()) return "there is no value here: write what the device answers";
        if (begin.address + words.size() - 1 > 0xFFFF) {
            return fmt::format("{} values from {} on end beyond address 65535", words.size(),
                               begin.address);
        }
        std::uint32_t address = begin.address;
        for (const std::string_view word : words) {
            const std::optional<std::uint16_t> value = value_of_word(word, begin.area);
            if (!value && is_bit_area(begin.area)) {
                return fmt::format("\"{}\" is no bit: write 0 or 1 for each", word);
            }
            if (!value) {
                return fmt::format("\"{}\" is no register: write four hexadecimal digits for each",
                                   word);
            }
            const Key key{begin.area, static_cast<std::uint16_t>(address++)};
            if (!values_.emplace(key, *value).second) {
                return fmt::format("{}:{} is given a second time", name_of(key.first), key.second);
            }
        }
        return "";
    }

    /// What a device that holds these would be read as.
    [[nodiscard]] Result<Value> read(const PointOptions& point) const {
        const Request request = request_for(point, 1);
        Bytes data;
        for (std::uint16_t i = 0; i < request.count; ++i) {
            const auto address = static_cast<std::uint16_t>(request.address + i);
            const auto found = values_.find({point.area, address});
            if (found == values_.end() && !is_of_value(point, address)) {
                BigEndianWriter(data).number(std::uint16_t{0});  // between the point's registers
                continue;
            }
            if (found == values_.end()) {
                return Error::drop_item(
                    fmt::format("the example has no {}:{}", name_of(point.area), address));
            }
            if (is_bit_area(point.area)) {
                data.push_back(static_cast<std::uint8_t>(found->second));
            } else {
                BigEndianWriter(data).number(found->second);
            }
        }
        return value_of(point, request, data);
    }

  private:
    using Key = std::pair<Area, std::uint16_t>;

    static std::optional<std::uint16_t> value_of_word(std::string_view word, Area area) {
        if (is_bit_area(area)) {
            if (word == "0") return std::uint16_t{0};
            if (word == "1") return std::uint16_t{1};
            return std::nullopt;
        }
        const std::optional<Bytes> bytes = bytes_from_hex(word);
        if (word.size() != digits_of_register || !bytes) return std::nullopt;
        return BigEndianReader(*bytes).number<std::uint16_t>();
    }

    std::map<Key, std::uint16_t> values_;
};

class Lines {
  public:
    void value(const std::string& point, const Value& value) {
        std::string text = "{\"point\":";
        append_json_string(text, point);
        text += ",\"value\":" + to_json_text(value);
        if (std::holds_alternative<float>(value)) text += ",\"type\":\"float32\"";
        text += "}\n";
        text_ += text;
    }
    void error(std::string_view key, const std::string& name, const std::string& sentence) {
        text_ += fieldway::to_json_text(json::object{{key, name}, {"error", sentence}}) + "\n";
    }
    std::string take() { return std::move(text_); }

  private:
    std::string text_;
};

/// RFC 6901, clause 3.
std::string pointer_to(std::string_view key) {
    std::string pointer = "/registers/";
    for (const char c : key) {
        if (c == '~') {
            pointer += "~0";
        } else if (c == '/') {
            pointer += "~1";
        } else {
            pointer += c;
        }
    }
    return pointer;
}

ExampleDevice read_example(const json::object& example, Lines& lines) {
    ExampleDevice device;
    const json::value* registers = example.if_contains("registers");
    if (registers == nullptr || !registers->is_object()) {
        lines.error(
            "pointer", "",
            "the example has no registers; write registers: { \"input:0\": \"4366 3333\" }");
        return device;
    }
    for (const auto& entry : registers->get_object()) {
        const std::string pointer = pointer_to(entry.key());
        const Result<RegisterAddress> begin = parse_register(entry.key());
        std::string wrong;
        if (!begin) {
            wrong = begin.error().sentence();
        } else if (!entry.value().is_string()) {
            wrong = "this must be a text of registers, such as \"4366 3333\"";
        } else {
            wrong = device.add(*begin, entry.value().get_string());
        }
        if (!wrong.empty()) lines.error("pointer", pointer, wrong);
    }
    return device;
}

}  // namespace

Result<std::string> decode_example(const std::vector<std::string>& words) {
    if (words.size() != 3) {
        return Error::drop_item(
            fmt::format("{} takes two words: an input's settings and an "
                        "example, both as JSON",
                        example_kind));
    }
    const Result<InputSettings> settings = input_settings_from_json(words[1]);
    if (!settings) return settings.error();
    boost::system::error_code malformed;
    const json::value example = json::parse(words[2], malformed);
    if (malformed || !example.is_object()) {
        return Error::drop_item("the example is no JSON object");
    }
    Lines lines;
    const ExampleDevice device = read_example(example.get_object(), lines);
    for (const InputDevice& of_input : settings->devices) {
        for (const InputPoint& input_point : of_input.points) {
            const Result<PointOptions> point = read_point(input_point);
            const Result<Value> value = point ? device.read(*point) : Result<Value>(point.error());
            if (value) {
                lines.value(input_point.name, *value);
            } else {
                lines.error("point", input_point.name, value.error().sentence());
            }
        }
    }
    return lines.take();
}

}  // namespace fieldway::modbus
