#include "modbus/decoder.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/bytes.h"
#include "base/json_text.h"
#include "base/nearest_name.h"
#include "base/value.h"
#include "modbus/example_decoder.h"
#include "modbus/frame_content.h"
#include "modbus/register_codec.h"

namespace fieldway::modbus {
namespace {

namespace json = boost::json;

/// The words of one call: options by name, and the bytes.
class Words {
  public:
    static Result<Words> read(const std::vector<std::string>& words,
                              const std::vector<std::string>& with_value,
                              const std::vector<std::string>& flags) {
        Words read;
        for (std::size_t i = 1; i < words.size(); ++i) {
            const std::string& word = words[i];
            if (!word.starts_with("--")) {
                read.hex_ += word + " ";
                continue;
            }
            const std::size_t equals = std::min(word.find('='), word.size());
            std::string name = word.substr(2, equals - 2);
            if (std::find(flags.begin(), flags.end(), name) != flags.end()) {
                read.options_.emplace_back(std::move(name), "");
            } else if (std::find(with_value.begin(), with_value.end(), name) == with_value.end()) {
                return unknown(words[0], word, with_value, flags);
            } else if (equals < word.size()) {
                read.options_.emplace_back(std::move(name), word.substr(equals + 1));
            } else if (i + 1 < words.size()) {
                read.options_.emplace_back(std::move(name), words[++i]);
            } else {
                return Error::drop_item(fmt::format("--{} lacks its value", name));
            }
        }
        if (read.hex_.empty()) {
            return Error::drop_item(
                fmt::format("no bytes are given: two hexadecimal digits each; `fieldway decode {} "
                            "--help` tells "
                            "more",
                            words[0]));
        }
        return read;
    }
    [[nodiscard]] std::optional<std::string> get(std::string_view name) const {
        for (const auto& [known, value] : options_) {
            if (known == name) return value;
        }
        return std::nullopt;
    }
    [[nodiscard]] bool has_options() const { return !options_.empty(); }
    [[nodiscard]] bool has(std::string_view name) const { return get(name).has_value(); }
    [[nodiscard]] Result<Bytes> bytes() const {
        auto bytes = bytes_from_hex(hex_);
        if (!bytes) {
            return Error::drop_item(fmt::format(
                "{}is no hexadecimal: two digits a byte, 0 to 9 and A to F, spaces between them",
                hex_));
        }
        return std::move(*bytes);
    }
    [[nodiscard]] const std::string& text() const { return hex_; }

  private:
    static Error unknown(const std::string& kind, const std::string& word,
                         const std::vector<std::string>& with_value,
                         const std::vector<std::string>& flags) {
        std::vector<std::string> all;
        for (const auto* names : {&with_value, &flags}) {
            for (const std::string& name : *names)
                all.push_back("--" + name);
        }
        const std::string nearest = nearest_name(word, all);
        return Error::drop_item(
            fmt::format("decode {} has no {}{}", kind, word,
                        nearest.empty() ? "" : ": did you mean " + nearest + "?"));
    }

    std::vector<std::pair<std::string, std::string>> options_;
    std::string hex_;
};

Result<PartOrder> order_of(const Words& words, const char* name) {
    const std::string order = words.get(name).value_or("big");
    if (order == "big") return PartOrder::big;
    if (order == "little") return PartOrder::little;
    return Error::drop_item(fmt::format("--{} {} is none of big and little", name, order));
}

Result<std::string> decode_value(const std::vector<std::string>& given) {
    const auto words = Words::read(given, {"type", "word-order", "byte-order", "length"}, {});
    if (!words) return words.error();
    Layout layout;
    const std::string type = words->get("type").value_or("uint16");
    const auto known = register_type_of(type);
    if (!known)
        return Error::drop_item(
            fmt::format("--type {} is none of {}", type, fmt::join(register_type_names(), ", ")));
    layout.type = *known;
    const auto word_order = order_of(*words, "word-order");
    if (!word_order) return word_order.error();
    const auto byte_order = order_of(*words, "byte-order");
    if (!byte_order) return byte_order.error();
    layout.word_order = *word_order;
    layout.byte_order = *byte_order;
    const auto bytes = words->bytes();
    if (!bytes) return bytes.error();
    layout.length = static_cast<std::uint16_t>(bytes->size() / 2);
    if (const auto length = words->get("length")) {
        const char* end = length->data() + length->size();
        if (std::from_chars(length->data(), end, layout.length).ptr != end) {
            return Error::drop_item(fmt::format("--length {} is no number of registers", *length));
        }
    }
    const std::size_t size = registers_of(layout) * std::size_t{2};
    if (bytes->size() != size || size == 0) {
        return Error::drop_item(
            fmt::format("{} bytes are given, {} takes {}; whole frames are for decode rtu, tcp and "
                        "ascii",
                        bytes->size(), name_of(layout.type), size));
    }
    const Result<Value> value = decode(layout, *bytes);
    if (!value) return value.error();
    std::string shown = fmt::format("{{\"value\":{}", to_json_text(*value));
    // Who says nothing of a type may have cut these bytes out of a frame.
    if (words->has_options()) return shown + "}\n";
    if (const auto refusal = refusal_content(*bytes))
        shown += fmt::format(",\"as_pdu\":{}", to_json_text(*refusal));
    return shown + "}\n";
}

Result<std::string> decode_frame(const std::vector<std::string>& given, Framing framing) {
    const auto words = Words::read(given, {}, {"request", "response"});
    if (!words) return words.error();
    if (words->has("request") && words->has("response")) {
        return Error::drop_item("a frame is a request or a response: --request or --response");
    }
    Direction direction = Direction::unknown;
    if (words->has("request")) direction = Direction::request;
    if (words->has("response")) direction = Direction::response;
    Bytes bytes;
    // The characters of an ASCII frame are hexadecimal digits themselves.
    if (framing == Framing::ascii && words->text().find(':') != std::string::npos) {
        const std::string& text = words->text();
        bytes.assign(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(text.size()) - 1);
    } else {
        auto read = words->bytes();
        if (!read) return read.error();
        bytes = std::move(*read);
    }
    const Result<json::object> content = frame_content(framing, direction, bytes);
    if (!content) return content.error();
    return to_json_text(*content) + "\n";
}

std::string help_of(const std::string& kind) {
    if (kind == "modbus") {
        return fmt::format(
            "The value that registers hold, as a point of the configuration reads it.\n"
            "Usage: fieldway decode modbus [options] HEX\n\n"
            "  --type TYPE            {}. Default: uint16.\n"
            "  --word-order ORDER     big or little: which register comes first. Default: big.\n"
            "  --byte-order ORDER     big or little: within a register. Default: big.\n"
            "  --length N             registers of a string. Default: as many as are given.\n"
            "  --scale N, --offset N, --expression TEXT, --bits 3-5   as a point has them\n\n"
            "Two bytes that could be a refusal (8302: exception 02 of function 3) are shown as\n"
            "that too, under as_pdu. Whole frames: decode rtu, tcp or ascii.\n",
            fmt::join(register_type_names(), ", "));
    }
    if (kind == example_kind) {
        return "What a device profile makes of its own examples; `fieldway profiles test` asks "
               "it.\n"
               "Usage: fieldway decode modbus-example SETTINGS EXAMPLE\n";
    }
    return fmt::format(
        "One frame, field by field.\n"
        "Usage: fieldway decode {} [--request|--response] {}\n\n"
        "  --request, --response  what it is; otherwise the frame tells\n\n"
        "A frame that is whole as both is shown as the response, and under as_request as the\n"
        "request. Decoded are the functions 1 to 6, 15, 16, 22, 23 and 43/14, and exceptions.\n",
        kind, kind == "ascii" ? "HEX, or the characters from the colon on" : "HEX");
}

}  // namespace

std::vector<std::string> decode_kinds() {
    return {"modbus", "rtu", "tcp", "ascii", example_kind};
}

Result<std::string> decode_words(const std::vector<std::string>& words) {
    for (const std::string& word : words) {
        if (word == "--help" || word == "-h") return help_of(words.at(0));
    }
    if (words.at(0) == "rtu") return decode_frame(words, Framing::rtu);
    if (words[0] == "tcp") return decode_frame(words, Framing::tcp);
    if (words[0] == "ascii") return decode_frame(words, Framing::ascii);
    if (words[0] == example_kind) return decode_example(words);
    return decode_value(words);
}

}  // namespace fieldway::modbus
