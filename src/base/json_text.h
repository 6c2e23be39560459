// JSON as people read it: boost::json::serialize prints 21.3 as 2.13E1.
#pragma once

#include <string>

#include <boost/json/value.hpp>

namespace fieldway {

/// One line, no spaces, numbers with their shortest digits.
std::string to_json_text(const boost::json::value& value);
/// The same with line ends and indentation, for a terminal.
std::string to_pretty_json(const boost::json::value& value);

}  // namespace fieldway
