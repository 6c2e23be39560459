// An option table applied to a node: the checked JSON that typed configuration and plugins are made
// from, and everything that is wrong at once.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "config/diagnostic.h"
#include "config/node.h"
#include "plugin_api/options.h"

namespace fieldway::config {

/// A mapping that was checked. `values` has every option that was given, has a default or is
/// required; one that was refused has a stand-in of its type, so that whoever reads it need not
/// know. Paths name what is inside: `auth.method`, `points.3.every`.
class CheckedMap {
  public:
    boost::json::object values;

    /// Whether the value at the path was accepted, or is absent and need not be there.
    [[nodiscard]] bool sound(std::string_view path) const;
    /// Whether the file gives it.
    [[nodiscard]] bool given(std::string_view path) const { return node_of(path) != nullptr; }
    [[nodiscard]] const Node* node_of(std::string_view path) const;
    /// Where it stands; what is not there has the place of what encloses it.
    [[nodiscard]] Place place(std::string_view path) const;

  private:
    friend class Checker;
    const Node* node_ = nullptr;  // lives as long as the Files
    std::set<std::string, std::less<>> faulty_;
};

enum class UnknownKeys : std::uint8_t {
    refused,
    ignored,  ///< the plugin is not there, so nobody knows its options
};

/// `what` names the mapping in sentences: `an uplink`.
CheckedMap check_map(const OptionTable& table, const Node& node, const std::string& what,
                     UnknownKeys unknown_keys, Diagnostics& diagnostics);

/// The table of the names that it has.
std::vector<std::string> names_of(const OptionTable& table);
const Option* find_option(const OptionTable& table, std::string_view name);

}  // namespace fieldway::config
