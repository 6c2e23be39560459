// The device profiles that a scan tries, and what it says of them.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "app/profile_fit.h"
#include "mapping/point_map.h"

namespace fieldway::app {

/// Thread: any, one at a time.
class ScanProfiles {
  public:
    /// Those of the plugin that are in order; one that is not is `fieldway profiles test`'s to
    /// tell.
    ScanProfiles(const std::string& plugin, const PluginTables& tables,
                 const std::vector<std::filesystem::path>& folders);

    /// As a probe wants them (plugin_api/probe.h).
    [[nodiscard]] const boost::json::array& trials() const { return trials_; }
    /// Of a unit of a scan's answer: those that fit, the best first.
    [[nodiscard]] std::vector<ProfileFit> fits_of(const boost::json::object& unit) const;

  private:
    struct Known {
        std::string maker;
        std::map<std::string, mapping::PointMap> maps;
    };

    boost::json::array trials_;
    std::map<std::string, Known> known_;
};

}  // namespace fieldway::app
