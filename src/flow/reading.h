// DEVICE -> INPUT -Reading-> intake -> MAPPING
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/value.h"

namespace fieldway {

/// The gateway's own number of a configured device, given once and never again while the process
/// runs: what plugins and mapping use instead of the id.
using DeviceNumber = std::uint32_t;

/// The place of a point in its device's list of points, or `undeclared` for one that only has a
/// name (exec).
using PointNumber = std::uint32_t;
inline constexpr PointNumber undeclared_point = 0xFFFFFFFF;

/// One named value of a device at one time.
struct Reading {
    PointNumber point = undeclared_point;
    std::string name;  ///< of an undeclared point; empty otherwise
    Value value;       ///< NoValue when `bad`, or when the device has none now
    bool bad = false;  ///< the point could not be read
    Timestamp time;    ///< the last byte of the answer, or what the device itself said

    friend bool operator==(const Reading&, const Reading&) = default;
};

/// What one request of a device gave: readings that belong together, all of one device.
struct Readings {
    DeviceNumber device = 0;
    std::vector<Reading> readings;
    std::string reason;  ///< why readings are bad; empty when none is

    friend bool operator==(const Readings&, const Readings&) = default;
};

}  // namespace fieldway
