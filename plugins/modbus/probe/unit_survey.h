// What one unit of a bus is: what it says of itself, its SunSpec map, and the device profiles whose
// registers it has. Reads alone.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <boost/json.hpp>

#include "modbus/line_cost.h"
#include "modbus/modbus_options.h"
#include "modbus/probe/probe_bus.h"

namespace fieldway::modbus {

/// A device profile as a scan is given it: the plan of one device with the profile's points.
struct ProfileTrial {
    std::string name;
    DeviceOptions device;
};
/// Those that can be read; what is none is left out.
std::vector<ProfileTrial> read_profiles(const boost::json::array& profiles);

/// Thread: the caller's.
class UnitSurvey {
  public:
    /// Reads that a unit may leave without an answer before it is left alone: each costs the
    /// timeout, and on serial lines the late window.
    static constexpr int most_silences = 6;

    /// `doing` is told what comes next: `unit 3, SunSpec`.
    UnitSurvey(ProbeBus& bus, std::uint8_t unit, const LineOptions& line,
               std::function<void(const std::string&)> doing);

    /// A unit of a scan's answer (probe.h); nothing when it does not answer (any more). `identify`:
    /// more than which tables it has.
    std::optional<boost::json::object> run(const std::vector<ProfileTrial>& profiles,
                                           bool identify);

  private:
    using Block = std::tuple<Area, std::uint16_t, std::uint16_t>;

    bool find_areas();
    void read_identification();
    void walk_sunspec();
    void try_profiles(const std::vector<ProfileTrial>& profiles);
    std::optional<boost::json::object> try_profile(const ProfileTrial& profile);
    /// An answer or an exception; nothing when the unit was silent twice, or is left alone.
    std::optional<Reply> ask(const Request& request);
    /// The registers or bits, or why there are none.
    Result<Bytes> read_block(const Block& block);

    ProbeBus& bus_;
    std::uint8_t unit_;
    Duration timeout_;
    ReadCost cost_;
    std::function<void(const std::string&)> doing_;
    int silences_ = 0;
    std::set<Area> areas_;  ///< that it has
    std::map<Block, Result<Bytes>> blocks_;
    boost::json::array points_;  ///< one register of each area
    boost::json::object found_;
};

}  // namespace fieldway::modbus
