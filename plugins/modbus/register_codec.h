// Registers as on the wire <-> values. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "base/value.h"

namespace fieldway::modbus {

enum class RegisterType : std::uint8_t {
    boolean,  ///< a coil or discrete input; of a register: not zero
    int16,
    uint16,
    int32,
    uint32,
    int64,
    uint64,
    float32,
    float64,
    bcd16,   ///< four decimal digits
    bcd32,   ///< eight decimal digits
    string,  ///< two characters a register; ends at the first NUL, trailing spaces cut
};

/// In which order a value's parts are sent. `big` first is what the standard and most makers do.
enum class PartOrder : std::uint8_t { big, little };

/// How a value lies in registers (or in one bit).
struct Layout {
    RegisterType type = RegisterType::uint16;
    PartOrder word_order = PartOrder::big;  ///< little: the low register first (CDAB)
    PartOrder byte_order = PartOrder::big;  ///< little: the low byte of each register first (BADC)
    std::uint16_t length = 0;               ///< registers of a string; 0 for all other types

    friend bool operator==(const Layout&, const Layout&) = default;
};

std::optional<RegisterType> register_type_of(std::string_view name);
std::string_view name_of(RegisterType type);

/// Registers (or bits, of a boolean) that a value takes.
std::uint16_t registers_of(const Layout& layout);

/// The value in exactly registers_of() registers. Integers are std::int64_t or std::uint64_t,
/// float32 is float, float64 double; a NaN is NoValue: the device has none. An error (drop_item):
/// the bytes are no value of the type (a BCD digit above 9), never a wrong number.
Result<Value> decode(const Layout& layout, ByteView registers);

/// The one register that holds the value, for FC 6, or an error (drop_item) that says what does not
/// fit and the limits.
Result<std::uint16_t> encode_single(const Layout& layout, const Value& value);

}  // namespace fieldway::modbus
