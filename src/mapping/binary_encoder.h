// Numbers packed one behind the other, or the bytes of one point as they are.
#pragma once

#include <optional>
#include <string>

#include "mapping/content.h"

namespace fieldway::mapping {

/// Packed fields: always a payload. What a type cannot hold (no value, a text, out of its range) is
/// its no-value code, never a wrapped or clipped number. A raw frame: nothing when the point has no
/// value.
std::optional<std::string> encode_binary(const config::BinaryOptions& options,
                                         const Content& content);

}  // namespace fieldway::mapping
