// The ABI's `probe`: a bus asked once, with no input on it.
#pragma once

#include <boost/json.hpp>

#include "base/error.h"
#include "plugin_api/probe.h"

namespace fieldway::modbus {

Result<boost::json::object> probe(const ProbeRequest& request, const ProbeNews& news);

}  // namespace fieldway::modbus
