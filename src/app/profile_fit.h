// Whether what a unit answered can be what a device profile says. Pure.
//
// A register can always be read as something, so a profile fits only when every value that was read
// is one that such a device can have; and how much that says depends on how narrow the values are:
// a mains frequency of 49.98 Hz out of a float says much, a power of 0 W nothing.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/value.h"
#include "mapping/point_map.h"

namespace fieldway::app {

struct ProfileFit {
    std::string name;
    std::size_t points = 0;
    std::size_t readable = 0;  ///< read without an error, also as null
    std::size_t telling = 0;   ///< values that hardly anything else would give
    bool impossible = false;   ///< one value is none that such a device has
    bool named = false;        ///< the unit calls itself by the profile's maker
    std::size_t filled = 0;  ///< values that are not zero: what a unit lacks is often read as zero

    /// Nearly all is there, nothing is impossible, and something speaks for it.
    [[nodiscard]] bool fits() const;
    /// Enough speaks for it to put it into a configuration.
    [[nodiscard]] bool convinces() const;
};

enum class Evidence { none, telling, impossible };
/// Not zero, not empty.
bool is_filled(const Value& value);
/// Of one value after mapping.
Evidence evidence_of(const config::PointOptions& point, const Value& value);

/// The best first: of those for which as much speaks, the one that explains most of the unit
/// with the fewest points.
void sort_fits(std::vector<ProfileFit>& fits);

}  // namespace fieldway::app
