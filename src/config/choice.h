// Words of a configuration and the enumerators that they mean: one list for the table and for the
// conversion.
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

namespace fieldway::config {

template <class Enum>
struct Choice {
    std::string_view word;
    Enum value;
};

template <class Enum, std::size_t N>
std::vector<std::string> words_of(const std::array<Choice<Enum>, N>& choices) {
    std::vector<std::string> words;
    words.reserve(N);
    for (const auto& choice : choices)
        words.emplace_back(choice.word);
    return words;
}

/// The enumerator of a checked choice.
template <class Enum, std::size_t N>
Enum chosen(const std::array<Choice<Enum>, N>& choices, const boost::json::value& word) {
    for (const auto& choice : choices) {
        if (choice.word == std::string_view(word.as_string())) return choice.value;
    }
    assert(false && "the table let a word pass that is no choice");
    return choices.front().value;
}

template <class Enum, std::size_t N>
std::string_view word_of(const std::array<Choice<Enum>, N>& choices, Enum value) {
    for (const auto& choice : choices) {
        if (choice.value == value) return choice.word;
    }
    return "?";
}

}  // namespace fieldway::config
