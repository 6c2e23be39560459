// One value of a file as an option's type wants it.
#pragma once

#include <filesystem>
#include <string>

#include <boost/json.hpp>

#include "base/error.h"
#include "config/node.h"
#include "plugin_api/options.h"

namespace fieldway::config {

/// The checked value of a scalar: durations in nanoseconds, sizes in bytes, paths absolute
/// (relative ones are relative to the file that names them), limits kept. The error is a sentence
/// that begins with `what`, and does not show the value of a secret. `off`, `on`, `yes` and `no` in
/// any case are truths where a truth is asked for, and texts elsewhere.
Result<boost::json::value> checked_scalar(const Option& option, const std::string& what,
                                          const Node& node);

/// A scalar that names a file: relative ones are relative to the file that the scalar stands in.
std::filesystem::path absolute_path(const Node& node);

/// Not checked by a table: a plain scalar by the core schema of YAML 1.2 (null, true, false,
/// integer, number), everything else as text.
boost::json::value untyped_json(const Node& node);

/// A value of the option's type that stands in for one that was refused, so that checks can go on.
boost::json::value stand_in(const Option& option);

/// `10s`, `64KiB`, `5`: a limit or a default as people write it for this type.
std::string written_number(const Option& option, double value);
std::string written_preset(const Option& option);
/// `a duration such as 10s`
std::string wanted(OptionType type);

}  // namespace fieldway::config
