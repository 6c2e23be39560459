#include "modbus/line_cost.h"

#include "modbus/line_exchange.h"

namespace fieldway::modbus {
namespace {

/// PDUs of a read and of an answer without data.
constexpr std::int64_t bytes_of_pdus = 5 + 2;
/// About 10 Mbit/s: next to a turn-around it hardly matters, and that is how it is.
constexpr Duration network_byte = std::chrono::microseconds(1);

/// What a byte of a PDU takes, and what stands around each PDU, in characters of the line.
struct Frame {
    std::int64_t per_byte = 1;
    std::int64_t around = 0;
};

Frame frame_of(Endpoint::Kind kind) {
    switch (kind) {
        case Endpoint::Kind::tcp:
            return {1, 7 + 54};  // MBAP header with the unit; TCP, IP, Ethernet
        case Endpoint::Kind::udp:
            return {1, 7 + 42};
        case Endpoint::Kind::ascii:
            return {2, 7};  // colon, unit, checksum, CR LF
        default:
            return {1, 3};  // unit, checksum
    }
}

}  // namespace

LineCost::LineCost(const LineOptions& line)
    : pause_(line.pause),
      assumed_turn_around_(has_numbers(line.endpoint.kind) ? turn_around_on_network
                                                           : turn_around_on_serial_line) {
    const LineTiming timing = timing_of(line);  // all zero where answers have numbers
    const Frame frame = frame_of(line.endpoint.kind);
    const Duration character = has_numbers(line.endpoint.kind) ? network_byte : timing.character;
    byte_ = frame.per_byte * character;
    around_ = bytes_of_pdus * byte_ + 2 * frame.around * character + timing.quiet + pause_;
}

}  // namespace fieldway::modbus
