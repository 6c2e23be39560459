// A bus asked once, with no input on it: the ABI's `probe`.
#pragma once

#include <optional>
#include <string_view>

#include <boost/json.hpp>

#include "base/error.h"
#include "input/library.h"
#include "plugin_api/probe.h"

namespace fieldway::input {

/// What a plugin says of its probes; nothing when it has none, or the tables cannot be read.
std::optional<ProbeTables> probe_tables(const PluginLibrary& plugin);

/// Whether the url begins as one of these do.
bool is_url_of(const ProbeTables& tables, std::string_view url);

/// For as long as the bus takes, on this thread; `news` comes on it too. An error with the
/// consequence drop_item is about the request, any other about the bus.
Result<boost::json::object> probe(const PluginLibrary& plugin, const ProbeRequest& request,
                                  const ProbeNews& news);

}  // namespace fieldway::input
