// SunSpec discovery: where a device's map begins and which models it has, one read after another.
// Pure: replies come in, requests go out. (SunSpec Information Model Overview: "SunS", then blocks
// of a model's number, its length, and that many registers, up to the number FFFF.)
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "base/bytes.h"
#include "modbus/bus.h"

namespace fieldway::modbus {

/// One model of the map.
struct SunspecBlock {
    std::uint16_t model = 0;
    std::uint16_t address = 0;  ///< of its number; offsets of the model's document count from here
    std::uint16_t length = 0;   ///< registers behind number and length
    std::uint16_t modules = 0;  ///< repeated parts, of model 160

    friend bool operator==(const SunspecBlock&, const SunspecBlock&) = default;
};

class SunspecWalk {
  public:
    /// Where makers put the map; 40000 is what the standard prefers, the last two are those of
    /// makers that count from the other end.
    static constexpr std::array<std::uint16_t, 5> bases{40000, 0, 50000, 39999, 1};
    /// A map with more is no map, or a loop.
    static constexpr std::size_t most_blocks = 64;

    explicit SunspecWalk(std::uint8_t unit) : unit_(unit) {}

    /// What to read next; nothing when the walk has ended.
    [[nodiscard]] std::optional<Request> next() const;
    void take(const Reply& reply);

    /// Where "SunS" stands; nothing: no map was found.
    [[nodiscard]] std::optional<std::uint16_t> base() const { return base_; }
    [[nodiscard]] const std::vector<SunspecBlock>& blocks() const { return blocks_; }
    /// Of the common model: manufacturer, model, version, serial_number, as far as it tells them.
    [[nodiscard]] const boost::json::object& identity() const { return identity_; }
    /// Why the chain ends before its end mark; empty when it does not.
    [[nodiscard]] const std::string& problem() const { return problem_; }

  private:
    enum class Phase : std::uint8_t { looking, header, common, modules, ended };

    void take_header(ByteView registers);
    void take_common(ByteView registers);
    void go_on();
    void end(std::string problem);

    std::uint8_t unit_;
    Phase phase_ = Phase::looking;
    std::size_t tried_ = 0;
    std::uint32_t at_ = 0;  ///< of the next header; 65536 is behind the last register
    std::optional<std::uint16_t> base_;
    std::vector<SunspecBlock> blocks_;
    boost::json::object identity_;
    std::string problem_;
};

}  // namespace fieldway::modbus
