// The control socket's conversation: one JSON object a line, each way, answered in the order of
// asking.
//
//   {"verb": "status"}                                    -> {"ok": true, "result": {...}}
//   {"verb": "read", "device": "0CA1", "points": ["a"]}   -> {"ok": true, "result": {...}}
//   {"verb": "write", "device": "0CA1", "values": {"a": 1}}
//   anything else                                         -> {"ok": false, "error": "one sentence"}
#pragma once

#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "base/error.h"

namespace fieldway::control {

/// The longest request line; a longer one is answered with an error and the connection is closed.
inline constexpr std::size_t most_request_bytes = 1024 * 1024;

struct Request {
    std::string verb;
    boost::json::object arguments;  ///< the whole object, `verb` included

    friend bool operator==(const Request&, const Request&) = default;
};

Result<Request> parse_request(std::string_view line);

/// Answers, with their line end.
std::string answer_line(const Result<boost::json::value>& answer);

/// What a client makes of an answer line: the result, or the error that the gateway told.
Result<boost::json::value> parse_answer(std::string_view line);

}  // namespace fieldway::control
