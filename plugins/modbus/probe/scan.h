// `fieldway scan URL`: which units are on a bus, and what they are. Reads alone.
#pragma once

#include <functional>

#include <boost/json.hpp>

#include "base/error.h"
#include "modbus/probe/probe_bus.h"
#include "modbus/probe/probe_options.h"
#include "plugin_api/probe.h"

namespace fieldway::modbus {

using MakeBus = std::function<ProbeBus(const LineOptions&, const ProbeBus::GoOn&)>;

/// The answer as probe.h has it. An error: no line could be opened at all.
Result<boost::json::object> run_scan(const ScanOptions& options, const boost::json::array& profiles,
                                     const ProbeNews& news, const MakeBus& make_bus);

}  // namespace fieldway::modbus
