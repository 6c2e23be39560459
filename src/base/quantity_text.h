// Durations and sizes as people write them: 250ms, 10s, 5m, 7d; 64KiB, 1GiB.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace fieldway {

/// A number (a fraction is allowed) and a unit: us, ms, s, m, h, d. Nothing else; a bare 0 is
/// allowed because it has no unit to mistake. Nothing when it is none or does not fit 292 years.
std::optional<Duration> parse_duration(std::string_view text);
/// The shortest exact form with one unit: 1500ms, 10s, 7d.
std::string to_text(Duration duration);

/// Bytes: a whole number and a unit B, KiB, MiB, GiB, TiB (or kB, MB, GB, TB by thousands). A bare
/// 0 too.
std::optional<std::uint64_t> parse_size(std::string_view text);
/// The shortest exact form with one binary unit: 64KiB.
std::string size_text(std::uint64_t bytes);

/// For a table that a person reads: one unit, cut (ages) or rounded to three digits (sizes): 93s,
/// 47m, 30h, 12d; 812B, 12.3KiB, 1.04GiB.
std::string rough_text(Duration duration);
std::string rough_size_text(std::uint64_t bytes);

}  // namespace fieldway
