// What a table cannot say of an uplink: combinations, topics, and the files of secrets.
#pragma once

#include <initializer_list>
#include <string_view>

#include "config/checker.h"
#include "config/uplink_options.h"

namespace fieldway::config {

/// Looks at the files that hold secrets (there, readable by others), and at nothing else outside.
void check_uplink(const UplinkOptions& uplink, const CheckedMap& checked, Diagnostics& diagnostics);

/// A part of it: the templates of `topics`, of uplinks whose platform has none of its own.
void check_topics(const UplinkOptions& uplink, const CheckedMap& checked, Diagnostics& diagnostics);

/// The first part in braces that is none of the known ones; empty when there is none.
std::string_view unknown_brace(std::string_view text,
                               std::initializer_list<std::string_view> known);

}  // namespace fieldway::config
