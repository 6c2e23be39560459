// The last reading of each of a device's points: the declared ones first, then those that came with
// a name alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "config/gateway_config.h"
#include "flow/reading.h"
#include "mapping/point_map.h"

namespace fieldway::mapping {

struct PointSlot {
    std::string name;
    bool declared = false;
    Duration every{};           ///< of a declared point; zero: not polled by the gateway
    Value value;                ///< mapped; no value when bad or never read
    bool bad = true;            ///< or never read
    std::uint64_t read_at = 0;  ///< number of the reading, counted over the device; 0: never read
    Timestamp time{};
};

/// Slots keep their place while the table lives. Thread: core.
class PointTable {
  public:
    static constexpr std::size_t longest_name = 256;  ///< bytes, of an undeclared point

    static Result<PointTable> make(const config::DeviceOptions& options,
                                   std::size_t most_undeclared);

    /// The slot that a reading belongs to; an undeclared name gets one with its first reading.
    /// Nothing when the number is of no point, or the name cannot be taken: over a limit, empty, or
    /// the timestamp's own key.
    std::optional<std::size_t> slot_of(const Reading& reading);
    /// A slot for a name that a message asks for: declared or not.
    std::size_t slot_named(const std::string& name);
    void put(std::size_t slot, const Reading& reading);

    /// The mapped value; no value for a bad reading.
    [[nodiscard]] Value map(const Reading& reading) const;
    [[nodiscard]] const std::vector<PointSlot>& slots() const { return slots_; }
    [[nodiscard]] const std::vector<PointMap>& maps() const { return maps_; }
    [[nodiscard]] std::uint64_t readings() const { return readings_; }
    [[nodiscard]] std::uint64_t refused() const { return refused_; }
    /// The latest time of a reading that was not bad; unknown_wall: none yet, or by no clock.
    [[nodiscard]] WallTime newest_good() const { return newest_good_; }

  private:
    PointTable() = default;
    std::size_t add_undeclared(std::string name);

    std::vector<PointMap> maps_;  ///< of the declared points, by number
    std::vector<PointSlot> slots_;
    std::map<std::string, std::size_t, std::less<>> by_name_;
    std::string reserved_name_;  ///< the timestamp's key: twice the same key is no good JSON
    std::size_t most_undeclared_ = 0;
    std::size_t undeclared_ = 0;
    std::uint64_t readings_ = 0;
    std::uint64_t refused_ = 0;
    WallTime newest_good_ = unknown_wall;
};

}  // namespace fieldway::mapping
