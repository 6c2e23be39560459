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
#include "modbus/register_codec.h"
#include "plugin_api/input_config.h"
#include "plugin_api/options.h"

namespace fieldway::modbus {

/// Where a line is: a serial port or a host and port. Inputs of one endpoint share one line.
struct Endpoint {
    enum class Kind : std::uint8_t { serial, tcp };
    Kind kind = Kind::tcp;
    std::string path;  ///< of a serial port
    std::string host;  ///< name or address; an IPv6 address without its brackets
    std::uint16_t port = 502;

    friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};
/// rtu:/dev/ttyS1, tcp://10.0.0.20:502, tcp://[::1]:502; an error says what is allowed.
Result<Endpoint> parse_endpoint(std::string_view url);
/// As in the configuration.
std::string to_text(const Endpoint& endpoint);

enum class Parity : std::uint8_t { none, even, odd };

/// What belongs to the line, and not to one input on it: inputs that share a line must agree about
/// it.
struct LineOptions {
    Endpoint endpoint;
    int baud = 19200;
    Parity parity = Parity::even;
    int data_bits = 8;
    int stop_bits = 1;
    bool rs485 = false;      ///< the kernel's RS-485 mode (RTS drives the transceiver)
    Duration timeout{};      ///< of one answer
    Duration late_window{};  ///< how long after a timeout a late answer must be expected; zero on
                             ///< TCP (has numbers)
    Duration pause{};        ///< between the end of an answer and the next request on the line
    Duration connect_timeout{};

    friend bool operator==(const LineOptions&, const LineOptions&) = default;
};

struct PointOptions {
    std::uint32_t number = 0;
    std::string name;
    Duration every{};  ///< zero: not polled
    Area area = Area::holding;
    std::uint16_t address = 0;
    Layout layout;
    bool writable = false;
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
