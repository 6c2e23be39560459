// The answers of the queue (queue_json.h) for a person: tables and lines. Pure.
#pragma once

#include <string>

#include <boost/json.hpp>

namespace fieldway::app {

/// The figures as the queue tells them, with `lanes` and `streams` added: the whole, each lane,
/// each stream in which something waits.
std::string queue_table(const boost::json::object& stats);

/// Lines of fixed columns, since they are printed while they arrive.
std::string record_heading();
std::string record_line(const boost::json::object& record);
std::string letter_heading();
std::string letter_line(const boost::json::object& letter);

}  // namespace fieldway::app
