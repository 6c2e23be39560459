// What a scan found, for people and as a configuration. Pure.
#pragma once

#include <string>
#include <vector>

#include <boost/json.hpp>

#include "app/profile_fit.h"

namespace fieldway::app {

/// A unit of a bus.
struct ScannedUnit {
    boost::json::object told;      ///< as in plugin_api/probe.h
    std::vector<ProfileFit> fits;  ///< the best first
};
struct ScannedBus {
    boost::json::object options;  ///< of an input
    std::vector<ScannedUnit> units;
};
struct ScanResult {
    std::string url;
    std::string plugin;
    std::vector<ScannedBus> buses;
    std::vector<std::string> notes;
    bool complete = true;  ///< not ended early
};

/// A bus, its units below it, each with what is known of it.
std::string scan_text(const ScanResult& result);
/// The same as JSON: {"buses": [{"options": ..., "units": [... with "fits"]}], ...}.
boost::json::object scan_json(const ScanResult& result);
/// A whole configuration that `fieldway check` accepts: a uplink to put one's own in the place of,
/// an input a bus, a device a unit, by its profile where one convinces.
std::string scan_config(const ScanResult& result);

}  // namespace fieldway::app
