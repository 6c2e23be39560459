// Registers as on the wire <-> values. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

/// As they are written, in the order of the manual.
std::vector<std::string> register_type_names();
std::optional<RegisterType> register_type_of(std::string_view name);
std::string_view name_of(RegisterType type);

/// Registers (or bits, of a boolean) that a value takes.
std::uint16_t registers_of(const Layout& layout);

/// The value in exactly registers_of() registers. Integers are std::int64_t or std::uint64_t,
/// float32 is float, float64 double; a NaN is NoValue: the device has none. An error (drop_item):
/// the bytes are no value of the type (a BCD digit above 9), never a wrong number.
Result<Value> decode(const Layout& layout, ByteView registers);

/// The registers that hold the value, as on the wire; decode() gives it back. An error (drop_item)
/// says what does not fit and the limits.
Result<Bytes> encode(const Layout& layout, const Value& value);

/// Neighbouring bits of one register, counted from the lowest.
struct RegisterBits {
    std::uint8_t first = 0;
    std::uint8_t last = 0;

    [[nodiscard]] constexpr std::uint16_t mask() const {
        return static_cast<std::uint16_t>((0x1FFFFU >> (16 - (last - first))) << first);
    }
    friend bool operator==(const RegisterBits&, const RegisterBits&) = default;
};
/// The value where it belongs, all other bits zero; an error where it does not fit.
Result<std::uint16_t> encode_bits(const RegisterBits& bits, const Value& value);

}  // namespace fieldway::modbus
