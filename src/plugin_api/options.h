// An option exists once: its table stands next to the code that uses it, and parser, checks, JSON
// Schema, the reference page and the sample are made from it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "base/clock.h"
#include "base/error.h"

namespace fieldway {

enum class OptionType : std::uint8_t {
    boolean,
    integer,  ///< 64 bit signed; YAML may write it 0x1F
    number,   ///< double
    text,
    duration,  ///< `250ms` in YAML; in checked JSON an integer of nanoseconds
    size,      ///< `64KiB` in YAML; in checked JSON an integer of bytes
    path,      ///< relative to the file that names it; absolute in checked JSON
    choice,    ///< one of `choices`
    texts,     ///< a list of texts
    integers,  ///< a list of integers
    group,     ///< a mapping with the options in `members`
    groups,    ///< a list of such mappings
    table,     ///< a mapping from any key to text (enum: { 0: off, 1: on })
    any,       ///< not checked here: whoever reads it does
};
std::string_view name_of(OptionType type);

/// One option. Limits are inclusive and in the checked unit (nanoseconds, bytes, plain numbers; for
/// text the length in bytes).
struct Option {
    std::string name;
    OptionType type = OptionType::text;
    std::string meaning;        ///< one sentence for the reference page
    std::string unit;           ///< "baud", "°C"; empty where the type says it
    boost::json::value preset;  ///< the default, as in checked JSON; null: none
    bool required = false;
    bool secret = false;  ///< never printed
    std::optional<double> least;
    std::optional<double> most;
    std::vector<std::string> choices;
    std::vector<Option> members;
    std::string not_built;  ///< not empty: known, refused by this sentence until it is built
    std::vector<std::string> choices_not_built;  ///< choices that are known and refused

    friend bool operator==(const Option&, const Option&) = default;
};

using OptionTable = std::vector<Option>;

/// An option under construction, readable as a sentence:
///     option("timeout", OptionType::duration, "how long an answer may
///     take").preset_ms(500).within_ms(1, 60'000)
class OptionBuilder {
  public:
    OptionBuilder(std::string name, OptionType type, std::string meaning) {
        option_.name = std::move(name);
        option_.type = type;
        option_.meaning = std::move(meaning);
    }
    OptionBuilder& preset(boost::json::value value) {
        option_.preset = std::move(value);
        return *this;
    }
    OptionBuilder& preset(Duration value) { return preset(boost::json::value(value.count())); }
    OptionBuilder& within(double least, double most) {
        option_.least = least;
        option_.most = most;
        return *this;
    }
    OptionBuilder& within(Duration least, Duration most) {
        return within(static_cast<double>(least.count()), static_cast<double>(most.count()));
    }
    OptionBuilder& at_least(double least) {
        option_.least = least;
        return *this;
    }
    OptionBuilder& unit(std::string unit) {
        option_.unit = std::move(unit);
        return *this;
    }
    OptionBuilder& required() {
        option_.required = true;
        return *this;
    }
    OptionBuilder& secret() {
        option_.secret = true;
        return *this;
    }
    OptionBuilder& choices(std::vector<std::string> choices) {
        option_.choices = std::move(choices);
        return *this;
    }
    OptionBuilder& members(OptionTable members) {
        option_.members = std::move(members);
        return *this;
    }
    OptionBuilder& not_built(std::string sentence) {
        option_.not_built = std::move(sentence);
        return *this;
    }
    OptionBuilder& choices_not_built(std::vector<std::string> choices) {
        option_.choices_not_built = std::move(choices);
        return *this;
    }
    operator Option() const { return option_; }  // NOLINT(google-explicit-constructor)

  private:
    Option option_;
};

inline OptionBuilder option(std::string name, OptionType type, std::string meaning) {
    return {std::move(name), type, std::move(meaning)};
}

/// The tables of a plugin, by the level of the configuration where their options stand.
struct PluginTables {
    OptionTable input;    ///< beside `name` and `plugin` of an input
    OptionTable device;   ///< beside the common keys of a device
    OptionTable address;  ///< inside a device's `address:`
    OptionTable point;    ///< beside the common keys of a point
    /// Whether the gateway's `every` decides when a point is read. Without it values come when the
    /// device tells them: each line, each advert.
    bool polls = true;

    friend bool operator==(const PluginTables&, const PluginTables&) = default;
};

boost::json::value to_json(const OptionTable& table);
boost::json::value to_json(const PluginTables& tables);
/// Tables cross the ABI as JSON text; what is no table gives an error.
Result<OptionTable> option_table_from_json(const boost::json::value& value);
Result<PluginTables> plugin_tables_from_json(std::string_view text);

/// A value of checked JSON as a C++ type: the table has checked it, so a mismatch is a bug and
/// throws.
template <class T>
T option_value(const boost::json::value& value) {
    if constexpr (std::is_same_v<T, Duration>) {
        return Duration(value.to_number<std::int64_t>());
    } else if constexpr (std::is_same_v<T, bool>) {
        return value.as_bool();
    } else if constexpr (std::is_arithmetic_v<T>) {
        return value.to_number<T>();
    } else if constexpr (std::is_same_v<T, std::string>) {
        return std::string(value.as_string());
    } else {
        return boost::json::value_to<T>(value);
    }
}

/// Reads an option that has a default or is required.
template <class T>
T option_of(const boost::json::object& checked, std::string_view name) {
    return option_value<T>(checked.at(name));
}
/// Reads an option that may be absent.
template <class T>
std::optional<T> optional_of(const boost::json::object& checked, std::string_view name) {
    const boost::json::value* value = checked.if_contains(name);
    if (value == nullptr || value->is_null()) return std::nullopt;
    return option_value<T>(*value);
}

}  // namespace fieldway
