#include "modbus/endpoint.h"

#include <array>
#include <charconv>

#include <fmt/format.h>

namespace fieldway::modbus {
namespace {

struct Scheme {
    Endpoint::Kind kind;
    std::string_view text;
};
constexpr std::array schemes{
    Scheme{Endpoint::Kind::rtu, "rtu:"},   Scheme{Endpoint::Kind::ascii, "ascii:"},
    Scheme{Endpoint::Kind::tcp, "tcp://"}, Scheme{Endpoint::Kind::rtu_over_tcp, "rtu+tcp://"},
    Scheme{Endpoint::Kind::udp, "udp://"},
};
constexpr std::string_view possible =
    "rtu:PATH, ascii:PATH, tcp://HOST:PORT, rtu+tcp://HOST:PORT and udp://HOST:PORT";

Error bad_url(std::string_view url, std::string_view what) {
    return Error::stop_device(fmt::format("url \"{}\" {}", url, what));
}

Result<Endpoint> parse_serial(std::string_view url, const Scheme& scheme) {
    Endpoint endpoint;
    endpoint.kind = scheme.kind;
    endpoint.port = 0;
    endpoint.path = url.substr(scheme.text.size());
    if (!endpoint.path.starts_with('/')) {
        return bad_url(
            url, fmt::format("has no absolute path of a serial port: {}/dev/ttyUSB0", scheme.text));
    }
    return endpoint;
}

Result<Endpoint> parse_host(std::string_view url, const Scheme& scheme) {
    Endpoint endpoint;
    endpoint.kind = scheme.kind;
    const std::string_view rest = url.substr(scheme.text.size());
    std::string_view port;
    if (rest.starts_with('[')) {
        const std::size_t close = rest.find(']');
        if (close == std::string_view::npos) return bad_url(url, "lacks the ] of its address");
        endpoint.host = rest.substr(1, close - 1);
        port = rest.substr(close + 1);
    } else {
        const std::size_t colon = rest.find(':');
        endpoint.host = rest.substr(0, colon);
        if (colon != std::string_view::npos) port = rest.substr(colon);
    }
    if (endpoint.host.empty() || endpoint.host.find_first_of("/@ ") != std::string::npos) {
        return bad_url(
            url, fmt::format("has no host name or address: {}HOST:PORT is possible", scheme.text));
    }
    if (port.empty() && scheme.kind != Endpoint::Kind::rtu_over_tcp) return endpoint;
    int number = 0;
    const char* end = port.data() + port.size();
    if (!port.empty() && std::from_chars(port.data() + 1, end, number).ptr != end) number = 0;
    if (!port.starts_with(':') || number < 1 || number > 65535) {
        return bad_url(url, fmt::format("has no port from 1 to 65535 after its host: {}HOST:PORT",
                                        scheme.text));
    }
    endpoint.port = static_cast<std::uint16_t>(number);
    return endpoint;
}

const Scheme& scheme_of(Endpoint::Kind kind) {
    return schemes[static_cast<std::size_t>(kind)];
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view url) {
    for (const Scheme& scheme : schemes) {
        if (!url.starts_with(scheme.text)) continue;
        return is_serial(scheme.kind) ? parse_serial(url, scheme) : parse_host(url, scheme);
    }
    return bad_url(url, fmt::format("is none of {}", possible));
}

std::string to_text(const Endpoint& endpoint) {
    const std::string_view scheme = scheme_of(endpoint.kind).text;
    if (is_serial(endpoint.kind)) return fmt::format("{}{}", scheme, endpoint.path);
    const bool v6 = endpoint.host.find(':') != std::string::npos;
    return fmt::format("{}{}{}{}:{}", scheme, v6 ? "[" : "", endpoint.host, v6 ? "]" : "",
                       endpoint.port);
}

}  // namespace fieldway::modbus
