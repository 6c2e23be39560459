// The options of a Modbus input, its devices and points: the tables, the structs that they fill,
// the checks.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "modbus/bus.h"
#include "modbus/endpoint.h"
#include "modbus/register_codec.h"
#include "plugin_api/input_config.h"
#include "plugin_api/options.h"

namespace fieldway::modbus {

enum class Parity : std::uint8_t { none, even, odd };

/// What belongs to the line, and not to one input on it: inputs that share a line must agree about
/// it.
struct LineOptions {
    Endpoint endpoint;
    int baud = 19200;
    Parity parity = Parity::even;
    int data_bits = 8;
    int stop_bits = 1;
    bool rs485 = false;        ///< the kernel's RS-485 mode (RTS drives the transceiver)
    std::optional<bool> echo;  ///< the line gives back what is sent; nothing: found out
    Duration timeout{};        ///< of one answer
    Duration late_window{};    ///< how long after a timeout a late answer must be expected; zero
                               ///< where answers have numbers
    Duration pause{};          ///< between the end of an answer and the next request on the line
    Duration turn_around{};    ///< after a broadcast
    bool match_transaction =
        true;  ///< TCP and UDP: the server answers with the number it was asked
    Duration connect_timeout{};
    Duration idle_timeout{};  ///< a connection that asks nothing for so long is closed; zero: none
    Duration keepalive{};     ///< of TCP, while nothing is asked; zero: none

    friend bool operator==(const LineOptions&, const LineOptions&) = default;
};

/// By which function a point is written.
enum class WriteBy : std::uint8_t {
    automatic,  ///< FC 5, FC 6 where one register holds it, FC 16 otherwise
    single,     ///< FC 5 or 6
    multiple,   ///< FC 15 (neighbours of one command together) or 16
    exchange,   ///< FC 23: written and read back by one request
};

/// How bits of a register are written without touching the others.
enum class BitWrites : std::uint8_t {
    refused,
    mask,               ///< FC 22: the device does it
    read_modify_write,  ///< we do, and what changes in between is lost
};

/// A register that must hold one of these values, or the point has none: it is read together with
/// the point.
struct Expectation {
    std::uint16_t address = 0;  ///< in the point's area
    std::vector<std::uint16_t> values;

    friend bool operator==(const Expectation&, const Expectation&) = default;
};
/// Which of the requests that are due go first.
enum class Priority : std::uint8_t { high, normal, low };

struct PointOptions {
    std::uint32_t number = 0;
    std::string name;
    Duration every{};  ///< zero: not polled
    Priority priority = Priority::normal;
    Area area = Area::holding;
    std::uint16_t address = 0;
    Layout layout;
    std::optional<RegisterBits> bits;  ///< of one register; then boolean or uint16
    /// The register whose int16 is the power of ten that the value is multiplied with, in the
    /// point's area: SunSpec's scale factors.
    std::optional<std::uint16_t> scale_factor;
    std::optional<Expectation> expect;
    bool writable = false;
    WriteBy write_by = WriteBy::automatic;
    Verify verify = Verify::read_back;

    friend bool operator==(const PointOptions&, const PointOptions&) = default;
};

/// What one request to a device may ask for.
struct RequestLimits {
    std::uint16_t max_registers = most_registers_read;
    std::uint16_t max_bits = most_bits_read;
    std::uint16_t max_gap = 16;  ///< registers that nobody asked for, read along to save a request

    friend bool operator==(const RequestLimits&, const RequestLimits&) = default;
};

struct DeviceOptions {
    std::uint32_t number = 0;
    std::string id;
    std::uint8_t unit = 1;
    RequestLimits limits;
    BitWrites bit_writes = BitWrites::refused;
    Duration pause{};  ///< between an answer of this unit and the next request to it
    std::vector<PointOptions> points;

    friend bool operator==(const DeviceOptions&, const DeviceOptions&) = default;
};

struct InputOptions {
    std::string name;
    LineOptions line;
    std::vector<DeviceOptions> devices;

    friend bool operator==(const InputOptions&, const InputOptions&) = default;
};

PluginTables option_tables();

/// Every problem of a configuration that has passed the tables.
std::vector<Problem> check_options(const InputSettings& settings);
/// Of settings without problems; otherwise the first one as an error (stop_device).
Result<InputOptions> read_options(const InputSettings& settings);

}  // namespace fieldway::modbus
