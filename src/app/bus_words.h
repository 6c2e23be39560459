// The words of `fieldway scan|read|write URL`: options of the plugin whose bus it is, checked by
// its table, and the rest. Pure.
#pragma once

#include <string>
#include <vector>

#include <boost/json.hpp>

#include "plugin_api/options.h"

namespace fieldway::app {

/// Whether a word can be a url and no device: letters and `+`, a colon, a slash somewhere behind
/// it (device ids have no slash).
bool looks_like_url(const std::string& word);

struct BusWords {
    boost::json::object options;        ///< checked, defaults filled in
    std::vector<std::string> words;     ///< those that are no options, in their order
    std::vector<std::string> problems;  ///< one sentence each; empty: all is well
};

/// `--word-order little` is the option word_order; `--decodings` alone is true.
BusWords read_bus_words(const std::vector<std::string>& given, const OptionTable& table);

/// The options as `--help` shows them, a line each.
std::string options_text(const OptionTable& table);

}  // namespace fieldway::app
