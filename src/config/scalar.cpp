#include "config/scalar.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include "base/quantity_text.h"

namespace fieldway::config {

namespace {

namespace json = boost::json;

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return result;
}

std::optional<bool> truth_of(std::string_view text) {
    const std::string word = lower(text);
    if (word == "true" || word == "yes" || word == "on") return true;
    if (word == "false" || word == "no" || word == "off") return false;
    return std::nullopt;
}

std::optional<std::int64_t> integer_of(std::string_view text) {
    const bool negative = text.starts_with('-');
    std::string_view digits = text;
    if (negative || text.starts_with('+')) digits.remove_prefix(1);
    const bool hex = digits.starts_with("0x") || digits.starts_with("0X");
    if (hex) digits.remove_prefix(2);
    // 010 is eight for one reader of YAML and ten for the next.
    if (!hex && digits.size() > 1 && digits.front() == '0') return std::nullopt;
    if (digits.empty() || digits.front() == '-' || digits.front() == '+') return std::nullopt;
    std::uint64_t magnitude = 0;
    const auto [end, status] =
        std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, hex ? 16 : 10);
    if (status != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (magnitude > most + (negative ? 1 : 0)) return std::nullopt;
    return static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
}

std::optional<double> number_of(std::string_view text) {
    if (const auto integer = integer_of(text)) return static_cast<double>(*integer);
    if (text.starts_with('+')) text.remove_prefix(1);
    if (text.empty() || text.find_first_not_of("0123456789.eE+-") != std::string_view::npos) {
        return std::nullopt;
    }
    double number = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (status != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) {
        return std::nullopt;
    }
    return number;
}

Error wrong_type(const Option& option, const std::string& what, const Node& node) {
    std::string sentence = what;
    if (!option.secret) sentence += " is " + node.shown() + "; it";
    sentence += " must be " + wanted(option.type);
    const bool number = option.type == OptionType::integer || option.type == OptionType::number ||
                        option.type == OptionType::integers;
    if (number && node.quoted && number_of(node.text)) {
        sentence = what + " is a text; write it without the quotes";
    } else if (option.type == OptionType::boolean && node.quoted && truth_of(node.text)) {
        sentence = what + " is a text; write it without the quotes";
    } else if (option.type == OptionType::duration && number_of(node.text)) {
        sentence = what + " is " + node.shown() + "; a duration has a unit: us, ms, s, m, h or d";
    } else if (option.type == OptionType::size && number_of(node.text)) {
        sentence = what + " is " + node.shown() + "; a size has a unit: B, KiB, MiB, GiB or TiB";
    } else if (option.type == OptionType::integer && node.text.size() > 1 &&
               node.text.starts_with('0') && !node.quoted &&
               node.text.find_first_not_of("0123456789") == std::string::npos) {
        sentence += "; leading zeros mean different numbers to different readers, write it without";
    } else if (number && node.text.find(',') != std::string::npos) {
        sentence += "; decimals follow a point";
    }
    return Error::drop_item(std::move(sentence));
}

Result<json::value> within_limits(const Option& option, const std::string& what, const Node& node,
                                  double measure, json::value value) {
    const bool is_length = option.type == OptionType::text || option.type == OptionType::path;
    const auto limit = [&](double bound) {
        return is_length ? fmt::format("{} bytes", bound) : written_number(option, bound);
    };
    std::string subject = what;
    if (is_length) {
        subject += fmt::format(" has {} bytes", measure);
    } else if (!option.secret) {
        subject += " is " + node.shown();
    } else {
        subject += " is out of its limits";
    }
    if (option.least && measure < *option.least) {
        if (is_length && measure == 0) return Error::drop_item(what + " is empty; write one");
        return Error::drop_item(subject + "; the least is " + limit(*option.least));
    }
    if (option.most && measure > *option.most) {
        return Error::drop_item(subject + "; the most is " + limit(*option.most));
    }
    return value;
}

Result<json::value> checked_choice(const Option& option, const std::string& what,
                                   const Node& node) {
    const auto among = [&](const std::vector<std::string>& words) {
        return std::find(words.begin(), words.end(), node.text) != words.end();
    };
    if (among(option.choices)) return json::value(node.text);
    if (among(option.choices_not_built)) {
        return Error::drop_item(what + " is " + node.shown() +
                                ", which is not built yet; it can be " +
                                joined(option.choices, "or"));
    }
    std::string sentence =
        what + " is " + node.shown() + "; it must be " + joined(option.choices, "or");
    if (option.secret) sentence = what + " must be " + joined(option.choices, "or");
    if (!option.choices_not_built.empty()) {
        sentence += " (not built yet: " + joined(option.choices_not_built, "and") + ")";
    }
    return Error::drop_item(std::move(sentence));
}

json::value path_value(const Option& option, const Node& node) {
    if (std::find(option.choices.begin(), option.choices.end(), node.text) !=
        option.choices.end()) {
        return json::value(node.text);  // `system`: a word, not a file
    }
    return json::value(absolute_path(node).string());
}

}  // namespace

std::filesystem::path absolute_path(const Node& node) {
    std::filesystem::path path(node.text);
    if (path.is_relative() && node.place.file != nullptr) {
        path = std::filesystem::path(*node.place.file).parent_path() / path;
    }
    std::error_code failure;
    const std::filesystem::path absolute = std::filesystem::absolute(path, failure);
    return (failure ? path : absolute).lexically_normal();
}

Result<json::value> checked_scalar(const Option& option, const std::string& what,
                                   const Node& node) {
    // The quotes around "${NAME}" are there for the brace, not to make a text of it.
    const bool plain = !node.quoted || !node.written.empty();
    switch (option.type) {
        case OptionType::boolean: {
            const auto truth = plain ? truth_of(node.text) : std::nullopt;
            if (!truth) return wrong_type(option, what, node);
            const std::string word = *truth ? "true" : "false";
            const auto& refused = option.choices_not_built;
            if (std::find(refused.begin(), refused.end(), word) != refused.end()) {
                return Error::drop_item(what + " is " + node.shown() +
                                        ", which is not built yet; write " +
                                        (*truth ? "false" : "true") + " or leave it out");
            }
            return json::value(*truth);
        }
        case OptionType::integer:
        case OptionType::integers: {
            const auto integer = plain ? integer_of(node.text) : std::nullopt;
            if (!integer) return wrong_type(option, what, node);
            return within_limits(option, what, node, static_cast<double>(*integer), *integer);
        }
        case OptionType::number: {
            const auto number = plain ? number_of(node.text) : std::nullopt;
            if (!number) return wrong_type(option, what, node);
            return within_limits(option, what, node, *number, *number);
        }
        case OptionType::duration: {
            const auto duration = parse_duration(node.text);
            if (!duration) return wrong_type(option, what, node);
            return within_limits(option, what, node, static_cast<double>(duration->count()),
                                 duration->count());
        }
        case OptionType::size: {
            const auto size = parse_size(node.text);
            constexpr auto most =
                static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
            if (!size || *size > most) return wrong_type(option, what, node);
            return within_limits(option, what, node, static_cast<double>(*size),
                                 static_cast<std::int64_t>(*size));
        }
        case OptionType::choice:
            return checked_choice(option, what, node);
        case OptionType::path:
            if (node.text.empty()) return Error::drop_item(what + " is empty; write a file's name");
            if (node.text.find('\0') != std::string::npos) return wrong_type(option, what, node);
            return within_limits(option, what, node, static_cast<double>(node.text.size()),
                                 path_value(option, node));
        case OptionType::text:
        case OptionType::texts:
        case OptionType::table:
            return within_limits(option, what, node, static_cast<double>(node.text.size()),
                                 json::value(node.text));
        case OptionType::group:
        case OptionType::groups:
            return wrong_type(option, what, node);
        case OptionType::any:
            return untyped_json(node);
    }
    return wrong_type(option, what, node);
}

json::value untyped_json(const Node& node) {
    switch (node.kind) {
        case Node::Kind::null:
            return nullptr;
        case Node::Kind::scalar:
            if (node.quoted) return json::value(node.text);
            if (lower(node.text) == "true") return true;
            if (lower(node.text) == "false") return false;
            if (const auto integer = integer_of(node.text)) return *integer;
            if (const auto number = number_of(node.text)) return *number;
            return json::value(node.text);
        case Node::Kind::list: {
            json::array list;
            for (const Node& item : node.items)
                list.push_back(untyped_json(item));
            return list;
        }
        case Node::Kind::map: {
            json::object map;
            for (const Node::Entry& entry : node.entries)
                map[entry.key] = untyped_json(entry.value);
            return map;
        }
    }
    return nullptr;
}

json::value stand_in(const Option& option) {
    if (!option.preset.is_null()) return option.preset;
    switch (option.type) {
        case OptionType::boolean:
            return false;
        case OptionType::integer:
            // Not 0, which may have a meaning of its own (unit 0 is everybody): the last that it
            // could be is the least likely to be another's.
            return static_cast<std::int64_t>(option.most.value_or(0));
        case OptionType::duration:
        case OptionType::size:
            return std::int64_t{0};
        case OptionType::number:
            return 0.0;
        case OptionType::choice:
            return option.choices.empty() ? json::value("") : json::value(option.choices.front());
        case OptionType::text:
        case OptionType::path:
            return json::value("");
        case OptionType::texts:
        case OptionType::integers:
        case OptionType::groups:
            return json::array();
        case OptionType::group:
        case OptionType::table:
            return json::object();
        case OptionType::any:
            return nullptr;
    }
    return nullptr;
}

std::string written_number(const Option& option, double value) {
    if (option.type == OptionType::duration) {
        return fieldway::to_text(Duration(static_cast<Duration::rep>(value)));
    }
    if (option.type == OptionType::size) return size_text(static_cast<std::uint64_t>(value));
    return fmt::format("{}", value);
}

std::string written_preset(const Option& option) {
    if (option.preset.is_null()) return "";
    if (option.type == OptionType::duration || option.type == OptionType::size) {
        return written_number(option, option.preset.to_number<double>());
    }
    if (option.preset.is_string()) {
        const auto& text = option.preset.as_string();
        return text.empty() ? "\"\"" : std::string(text);
    }
    if (option.preset.is_double()) return fmt::format("{}", option.preset.as_double());
    return json::serialize(option.preset);
}

std::string wanted(OptionType type) {
    switch (type) {
        case OptionType::boolean:
            return "true or false";
        case OptionType::integer:
            return "a whole number";
        case OptionType::number:
            return "a number";
        case OptionType::text:
            return "a text";
        case OptionType::duration:
            return "a duration such as 250ms, 10s or 5m";
        case OptionType::size:
            return "a size such as 64KiB or 1GiB";
        case OptionType::path:
            return "the name of a file";
        case OptionType::choice:
            return "a single word";
        case OptionType::texts:
            return "a list of texts";
        case OptionType::integers:
            return "a list of whole numbers";
        case OptionType::group:
            return "a mapping of keys to values";
        case OptionType::groups:
            return "a list of mappings";
        case OptionType::table:
            return "a mapping of keys to texts";
        case OptionType::any:
            return "a value";
    }
    return "?";
}

}  // namespace fieldway::config
