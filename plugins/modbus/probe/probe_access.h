// `fieldway read|write URL`: one shot at one unit.
#pragma once

#include <boost/json.hpp>

#include "base/error.h"
#include "modbus/probe/probe_bus.h"
#include "modbus/probe/probe_options.h"

namespace fieldway::modbus {

/// The answer as probe.h has it: values, or the table of decodings. An error says why there is
/// nothing at all, of a write also why a value is not certain to be there.
Result<boost::json::object> run_access(const ProbeAccess& access, bool writes, ProbeBus& bus);

}  // namespace fieldway::modbus
