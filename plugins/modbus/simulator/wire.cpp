#include "modbus/simulator/wire.h"

#include <algorithm>
#include <cstddef>
#include <random>
#include <utility>

#include "modbus/pdu.h"

namespace fieldway::modbus::simulator {
namespace {

constexpr std::uint8_t function_of_registers = 3;
constexpr int most_noise = 8;

Bytes framed(const Asked& asked, std::uint8_t unit, const Bytes& pdu,
             std::uint16_t transaction_off = 0) {
    if (asked.framing != Framing::tcp) return make_frame(asked.framing, unit, pdu);
    Bytes frame;
    BigEndianWriter writer(frame);
    writer.number(static_cast<std::uint16_t>(asked.transaction + transaction_off));
    writer.number(std::uint16_t{0});
    writer.number(static_cast<std::uint16_t>(pdu.size() + 1));
    writer.number(unit);
    writer.raw(pdu);
    return frame;
}

bool reads_registers_or_bits(const Bytes& pdu) {
    return pdu.size() > 1 && pdu[0] >= 1 && pdu[0] <= 4;
}

/// All values turned over, so that taking them for the right ones shows.
Bytes other_values(Bytes pdu) {
    const std::size_t from = reads_registers_or_bits(pdu) ? 2 : 1;
    for (std::size_t i = from; i < pdu.size(); ++i)
        pdu[i] ^= 0xFFU;
    return pdu;
}

Bytes of_another_length(const Bytes& answer) {
    Bytes pdu = other_values(answer);
    if (!reads_registers_or_bits(pdu) || pdu.size() + 2 > longest_pdu) {
        pdu = {function_of_registers, 4, 0xDE, 0xAD, 0xDE, 0xAD};
        return pdu;
    }
    pdu.insert(pdu.end(), {0xDE, 0xAD});
    pdu[1] = static_cast<std::uint8_t>(pdu[1] + 2);
    return pdu;
}

Bytes of_another_function(const Bytes& answer) {
    Bytes pdu = other_values(answer);
    // 3 and 4, 1 and 2 carry their values alike, which is what makes them dangerous.
    pdu[0] = reads_registers_or_bits(pdu) ? static_cast<std::uint8_t>(((pdu[0] - 1U) ^ 1U) + 1U)
                                          : static_cast<std::uint8_t>(pdu[0] + 1);
    return pdu;
}

Bytes joined(Bytes a, const Bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

/// A wrong checksum; of ASCII the last digit of it.
Bytes spoiled(Framing framing, Bytes frame) {
    if (framing == Framing::tcp) return frame;
    std::uint8_t& at = frame[frame.size() - (framing == Framing::ascii ? 3 : 1)];
    at =
        framing == Framing::ascii ? (at == '0' ? '1' : '0') : static_cast<std::uint8_t>(at ^ 0x55U);
    return frame;
}

/// Another master's request for as much, from another address, and the unit's answer to it.
Bytes of_other_master(const Asked& asked, const Bytes& answer) {
    Bytes request = asked.pdu;
    constexpr std::size_t address_low = 2;
    if (request.size() > address_low) request[address_low] ^= 1U;
    return joined(framed(asked, asked.unit, request),
                  framed(asked, asked.unit, other_values(answer)));
}

std::vector<Piece> trickled(const Bytes& frame, Duration wait) {
    std::vector<Piece> pieces;
    for (const std::uint8_t byte : frame)
        pieces.push_back({wait, {byte}});
    return pieces;
}

class Random {
  public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}
    std::size_t below(std::size_t limit) {
        return std::uniform_int_distribution<std::size_t>(0, limit - 1)(engine_);
    }
    Bytes noise() {
        Bytes bytes(1 + below(most_noise));
        for (std::uint8_t& byte : bytes)
            byte = static_cast<std::uint8_t>(below(256));
        return bytes;
    }

  private:
    std::mt19937_64 engine_;
};

/// As one piece where bytes make a stream, else as two.
std::vector<Piece> together(const Asked& asked, const Bytes& first, const Bytes& second) {
    if (asked.framing == Framing::tcp) return {{{}, first}, {{}, second}};
    return {{{}, joined(first, second)}};
}

}  // namespace

std::vector<Piece> wire_of(const Asked& asked, const Bytes& answer,
                           const std::optional<Faults::Chosen>& fault) {
    const Bytes right = framed(asked, asked.unit, answer);
    if (!fault) return {{{}, right}};
    Random random(fault->seed);
    const auto next_unit = static_cast<std::uint8_t>(asked.unit + 1);
    switch (fault->kind) {
        case FaultKind::delay:
        case FaultKind::late:
            return {{fault->wait, right}};
        case FaultKind::wrong_unit:
            return {{{}, framed(asked, next_unit, other_values(answer))}};
        case FaultKind::wrong_function:
            return {{{}, framed(asked, asked.unit, of_another_function(answer))}};
        case FaultKind::wrong_length:
            return {{{}, framed(asked, asked.unit, of_another_length(answer))}};
        case FaultKind::wrong_crc:
            return {{{}, spoiled(asked.framing, right)}};
        case FaultKind::wrong_transaction:
            if (asked.framing != Framing::tcp) break;
            return {{{}, framed(asked, asked.unit, other_values(answer), 1)}};
        case FaultKind::truncated:
            return {{{},
                     Bytes(right.begin(),
                           right.begin() +
                               static_cast<std::ptrdiff_t>(1 + random.below(right.size() - 1)))}};
        case FaultKind::byte_loss: {
            Bytes lossy = right;
            lossy.erase(lossy.begin() + static_cast<std::ptrdiff_t>(random.below(lossy.size())));
            return {{{}, lossy}};
        }
        case FaultKind::noise:
            return {{{}, joined(random.noise(), right)}};
        case FaultKind::duplicated:
            return {{{}, right}, {fault->wait, right}};
        case FaultKind::glued:
            return together(asked, framed(asked, asked.unit, of_another_length(answer), 0xFFFF),
                            right);
        case FaultKind::foreign:
            return {{{}, framed(asked, next_unit, other_values(answer))}, {{}, right}};
        case FaultKind::other_master:
            if (asked.framing == Framing::tcp) break;
            return {{{}, of_other_master(asked, answer)}, {{}, right}};
        case FaultKind::trickle:
            return trickled(right, fault->wait);
        default:
            break;
    }
    return {{{}, right}};
}

}  // namespace fieldway::modbus::simulator
