// A message as one flat JSON object: the timestamp first, then the points in order.
#pragma once

#include <string>

#include "mapping/content.h"

namespace fieldway::mapping {

/// {"timestamp":"2026-11-22T10:15:30.250Z","supply_temp":21.5}. Always valid JSON (RFC 8259),
/// whatever the names and texts. unix-ms is a whole number of milliseconds, unix-s one of seconds,
/// cut.
std::string encode_json(const Content& content);

}  // namespace fieldway::mapping
