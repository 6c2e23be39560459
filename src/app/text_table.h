// Rows of JSON objects as columns for a terminal. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

namespace fieldway::app {

/// A member as a cell: text as it is, anything else as JSON, "" where there is none. Control
/// characters become `?`: what a broker or a device said must not steer a terminal.
std::string cell_of(const boost::json::object& row, std::string_view key);

/// Rows under headings, each column as wide as its widest cell; the last one is not padded.
std::string table(const boost::json::array& rows, const std::vector<std::string>& columns);

}  // namespace fieldway::app
