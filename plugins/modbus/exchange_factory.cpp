// Which exchange a line has, and how long things take on it.
#include <algorithm>
#include <chrono>

#include "common/serial_timing.h"
#include "modbus/line_exchange.h"

namespace fieldway::modbus {
namespace {

/// The longest gap inside a frame that is still one frame: adapters collect characters for up to 16
/// ms, and a busy machine adds its own.
constexpr Duration least_gap = std::chrono::milliseconds(50);
constexpr int characters_of_gap = 5;
/// Networks between us and a converter add theirs.
constexpr Duration gap_over_network = std::chrono::milliseconds(250);
/// Modbus over Serial Line 2.5.2.1.
constexpr Duration gap_of_ascii = std::chrono::seconds(1);

}  // namespace

common::LineFormat format_of(const LineOptions& options) {
    common::LineFormat format;
    format.baud = static_cast<std::uint32_t>(options.baud);
    format.parity = options.parity == Parity::even  ? common::Parity::even
                    : options.parity == Parity::odd ? common::Parity::odd
                                                    : common::Parity::none;
    format.data_bits = static_cast<std::uint8_t>(options.data_bits);
    format.stop_bits = static_cast<std::uint8_t>(options.stop_bits);
    return format;
}

LineTiming timing_of(const LineOptions& options) {
    LineTiming timing;
    if (has_numbers(options.endpoint.kind)) return timing;
    const common::LineFormat format = format_of(options);
    timing.character = common::character_time(format);
    timing.quiet = common::frame_silence(format);
    timing.gap = std::max(least_gap, characters_of_gap * timing.character);
    if (options.endpoint.kind == Endpoint::Kind::ascii) timing.gap = gap_of_ascii;
    if (options.endpoint.kind == Endpoint::Kind::rtu_over_tcp) {
        timing.gap = std::max(timing.gap, std::min(options.timeout, gap_over_network));
    }
    timing.turn_around = options.turn_around;
    return timing;
}

std::unique_ptr<Exchange> make_exchange(const LineOptions& options, std::uint16_t first,
                                        LineFigures& figures) {
    using Carrier = NumberedExchange::Carrier;
    switch (options.endpoint.kind) {
        case Endpoint::Kind::tcp:
            return std::make_unique<NumberedExchange>(Carrier::stream, options.match_transaction,
                                                      first, figures);
        case Endpoint::Kind::udp:
            return std::make_unique<NumberedExchange>(Carrier::datagrams, options.match_transaction,
                                                      first, figures);
        case Endpoint::Kind::ascii:
            return std::make_unique<UnnumberedExchange>(Framing::ascii, timing_of(options),
                                                        options.echo, figures);
        default:
            return std::make_unique<UnnumberedExchange>(Framing::rtu, timing_of(options),
                                                        options.echo, figures);
    }
}

}  // namespace fieldway::modbus
