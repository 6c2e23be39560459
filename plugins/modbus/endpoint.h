// Where a line is: the url of an input. Pure.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace fieldway::modbus {

/// A serial port, or a host and port. Inputs of one endpoint share one line.
struct Endpoint {
    enum class Kind : std::uint8_t {
        rtu,           ///< rtu:/dev/ttyS1
        ascii,         ///< ascii:/dev/ttyS1
        tcp,           ///< tcp://10.0.0.20:502, tcp://[::1]:502
        rtu_over_tcp,  ///< rtu+tcp://10.0.0.20:4001: a serial converter that passes bytes through
        udp,           ///< udp://10.0.0.20:502
    };
    Kind kind = Kind::tcp;
    std::string path;  ///< of a serial port
    std::string host;  ///< name or address; an IPv6 address without its brackets
    std::uint16_t port = 502;

    friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

inline constexpr bool is_serial(Endpoint::Kind kind) {
    return kind == Endpoint::Kind::rtu || kind == Endpoint::Kind::ascii;
}
/// Whether its answers carry the number of their request.
inline constexpr bool has_numbers(Endpoint::Kind kind) {
    return kind == Endpoint::Kind::tcp || kind == Endpoint::Kind::udp;
}

/// The same port or the same host and port, in whatever framing: only one line can have it.
inline bool same_place(const Endpoint& a, const Endpoint& b) {
    return (a.kind == Endpoint::Kind::udp) == (b.kind == Endpoint::Kind::udp) &&
           is_serial(a.kind) == is_serial(b.kind) && a.path == b.path && a.host == b.host &&
           a.port == b.port;
}

/// An error says what is allowed.
Result<Endpoint> parse_endpoint(std::string_view url);
/// As in the configuration.
std::string to_text(const Endpoint& endpoint);

}  // namespace fieldway::modbus
