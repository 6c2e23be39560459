#include "app/bus_words.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "config/checker.h"
#include "config/scalar.h"

namespace fieldway::app {

namespace {

using config::Node;

/// Where the words stand; places borrow it.
const std::string* place_name() {
    static const std::string name = "command line";
    return &name;
}

std::string option_name(const std::string& word) {
    std::string name = word.substr(2, word.find('=') - 2);
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

std::string word_of(const std::string& name) {
    std::string word = "--" + name;
    std::replace(word.begin() + 2, word.end(), '_', '-');
    return word;
}

std::string unknown(const std::string& word, const OptionTable& table) {
    std::vector<std::string> known;
    for (const Option& option : table)
        known.push_back(word_of(option.name));
    const std::string given = word.substr(0, word.find('='));
    const std::string nearest = nearest_name(given, known);
    return "there is no option " + given +
           (nearest.empty() ? "; `--help` lists them" : "; did you mean " + nearest + "?");
}

bool is_truth(const std::string& word) {
    return word == "true" || word == "false";
}

/// The option's value: behind `=`, or the next word; of a truth it may be missing.
bool take_value(const Option& option, const std::vector<std::string>& given, std::size_t& at,
                std::string& value) {
    const std::size_t equals = given[at].find('=');
    if (equals != std::string::npos) {
        value = given[at].substr(equals + 1);
        return true;
    }
    const bool has_next = at + 1 < given.size();
    if (option.type == OptionType::boolean) {
        value = has_next && is_truth(given[at + 1]) ? given[++at] : "true";
        return true;
    }
    if (!has_next) return false;
    value = given[++at];
    return true;
}

Node scalar(std::string text) {
    Node node;
    node.kind = Node::Kind::scalar;
    node.place.file = place_name();
    node.text = std::move(text);
    return node;
}

}  // namespace

bool looks_like_url(const std::string& word) {
    const std::size_t colon = word.find(':');
    if (colon == std::string::npos || colon == 0 || word.find('/', colon) == std::string::npos)
        return false;
    return std::all_of(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(colon),
                       [](unsigned char c) { return std::isalnum(c) != 0 || c == '+'; });
}

BusWords read_bus_words(const std::vector<std::string>& given, const OptionTable& table) {
    BusWords read;
    Node options;
    options.kind = Node::Kind::map;
    options.place.file = place_name();
    for (std::size_t i = 0; i < given.size(); ++i) {
        if (!given[i].starts_with("--")) {
            read.words.push_back(given[i]);
            continue;
        }
        const std::string name = option_name(given[i]);
        const Option* option = config::find_option(table, name);
        std::string value;
        if (option == nullptr) {
            read.problems.push_back(unknown(given[i], table));
        } else if (options.find(name) != nullptr) {
            read.problems.push_back(word_of(name) + " is given twice");
        } else if (!take_value(*option, given, i, value)) {
            read.problems.push_back(word_of(name) + " lacks its value");
        } else {
            options.entries.push_back({name, options.place, scalar(std::move(value))});
        }
    }
    config::Diagnostics diagnostics;
    read.options =
        check_map(table, options, "the command line", config::UnknownKeys::refused, diagnostics)
            .values;
    for (const config::Diagnostic& told : diagnostics.take_sorted())
        read.problems.push_back(told.sentence);
    return read;
}

std::string options_text(const OptionTable& table) {
    constexpr int width = 22;
    std::string text;
    for (const Option& option : table) {
        std::string meaning = option.meaning;
        if (!option.choices.empty()) {
            meaning += fmt::format(" {}.", config::joined(option.choices, "or"));
        }
        if (!option.preset.is_null() && option.type != OptionType::boolean) {
            meaning += fmt::format(" Default: {}.", config::written_preset(option));
        }
        text += fmt::format("  {:<{}} {}\n", word_of(option.name), width, meaning);
    }
    return text;
}

}  // namespace fieldway::app
