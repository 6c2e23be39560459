// A device's entry with a profile below it. Pure.
#pragma once

#include "config/diagnostic.h"
#include "config/node.h"
#include "plugin_api/options.h"
#include "profile/library.h"

namespace fieldway::profile {

/// The device's keys hold; the profile gives those that it does not have. Mappings (address) are
/// merged key by key, points by their name and then key by key, everything else (messages) is the
/// device's or the profile's as a whole. A key that the device gives without a value takes the
/// profile's away. When `profile_points` is given, of the profile's points only those and the
/// overridden ones are there; its messages lose the others.
///
/// Each node keeps its place; a point that both have has the place of the device's.
///
/// `of_points`: a point that the profile does not have and that lacks what these require was meant
/// to override one: told with the nearest name, and left out.
config::Node merged(const config::Node& device, const Profile& profile,
                    const OptionTable& of_points, config::Diagnostics& diagnostics);

}  // namespace fieldway::profile
