// One simulated Modbus device: its registers, and its answer to a request. Pure: PDU in, PDU out.
// Source: Modbus Application Protocol 1.1b3, clause 6 (functions) and 7 (exceptions).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/value.h"
#include "modbus/bus.h"
#include "modbus/register_codec.h"
#include "modbus/simulator/signal.h"

namespace fieldway::modbus::simulator {

/// Registers (or one coil) that show one value.
struct PointOptions {
    Area area = Area::holding;
    std::uint16_t address = 0;
    Layout layout;
    std::variant<Value, SignalOptions> shows;
    bool writable = true;     ///< coils and holding registers
    std::uint16_t count = 1;  ///< so many, one behind the other

    friend bool operator==(const PointOptions&, const PointOptions&) = default;
};

struct UnitOptions {
    std::uint8_t unit = 1;
    std::vector<PointOptions> points;
    /// What it says that it is, by object number (FC 43, clause 6.21); empty: it does not know
    /// FC 43.
    std::map<std::uint8_t, std::string> identification{};
};

/// A value as its registers hold it, also where decode() of register_codec.h takes one register
/// only. Numbers are rounded and kept within the type's range. Of a coil: one word, 0 or 1.
Result<std::vector<std::uint16_t>> encode_words(const Layout& layout, const Value& value);

class SimulatedUnit {
  public:
    /// Most registers of one area, so that a count in a file cannot eat the machine.
    static constexpr std::size_t most_registers = 65'536;

    /// An error names the point that overlaps another, reaches beyond 65535 or does not fit its
    /// type.
    static Result<SimulatedUnit> make(const UnitOptions& options, std::uint64_t seed);

    /// The answer or exception to a request PDU. `time` since the simulation began; it does not go
    /// back. What was written stays, also over what lived there.
    Bytes answer(ByteView request, Duration time);
    [[nodiscard]] std::uint8_t number() const { return number_; }

  private:
    struct Point {
        std::uint16_t address = 0;
        Layout layout;
        bool writable = true;
        std::optional<Signal> signal;  ///< until something is written
        std::vector<std::uint16_t> words;
    };
    using Points = std::vector<Point>;  ///< by rising address

    Points& points_of(Area area) { return areas_[static_cast<std::size_t>(area)]; }
    static Points::iterator point_at(Points& points, std::uint16_t address);
    std::optional<Error> add(const PointOptions& options, std::uint64_t seed);
    /// Nothing when one of them does not exist.
    std::optional<std::vector<std::uint16_t>> read(Area area, std::uint16_t address,
                                                   std::size_t count, Duration time);
    bool write(Area area, std::uint16_t address, const std::vector<std::uint16_t>& words,
               Duration time);

    Bytes read_answer(ByteView request, Area area, Duration time);
    Bytes write_single(ByteView request, Duration time);
    Bytes write_several(ByteView request, Duration time);
    Bytes mask_write(ByteView request, Duration time);
    Bytes read_and_write(ByteView request, Duration time);
    [[nodiscard]] Bytes identify(ByteView request) const;

    std::uint8_t number_ = 1;
    std::array<Points, 4> areas_;
    std::map<std::uint8_t, std::string> identification_;
};

/// What a device that refuses sends.
Bytes exception_answer(std::uint8_t function, std::uint8_t code);

}  // namespace fieldway::modbus::simulator
