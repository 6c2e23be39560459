// One request and its reply as JSON: how a probe asks through a line that inputs use, by a command.
// Pure.
#pragma once

#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "base/bytes.h"
#include "base/error.h"
#include "modbus/bus.h"

namespace fieldway::modbus {

std::string raw_request_text(const Request& request);
Result<Request> raw_request_from(std::string_view text);

/// Without its time; what the data lies in is given to `data`.
std::string raw_reply_text(const Reply& reply);
Result<Reply> raw_reply_from(std::string_view text, Bytes& data);

}  // namespace fieldway::modbus
