#include "modbus/simulator/responder.h"

#include <utility>

#include <fmt/format.h>

#include "modbus/rtu_frame.h"

namespace fieldway::modbus::simulator {
namespace {

constexpr std::uint8_t gateway_target_silent = 0x0B;
/// Units of one line get seeds this far apart, so that their walks and faults differ.
constexpr std::uint64_t seed_step = 1'000'003;

}  // namespace

Result<Responder> Responder::make(Transport transport, const std::vector<FaultyUnitOptions>& units,
                                  const FaultOptions& faults, std::uint64_t seed) {
    Responder responder(transport);
    for (const FaultyUnitOptions& options : units) {
        seed += seed_step;
        auto unit = SimulatedUnit::make(options.unit, seed);
        if (!unit) return unit.error();
        Entry entry{std::move(unit.value()), Faults(options.faults.value_or(faults), seed)};
        if (!responder.units_.emplace(options.unit.unit, std::move(entry)).second) {
            return Error::drop_item(
                fmt::format("unit {} is there twice: each number once", options.unit.unit));
        }
    }
    return responder;
}

std::optional<Response> Responder::respond(std::uint8_t unit, ByteView pdu, Duration time) {
    if (pdu.empty()) return std::nullopt;
    if (transport_ == Transport::rtu && unit == broadcast_unit) {
        for (auto& [number, entry] : units_)
            entry.unit.answer(pdu, time);
        return std::nullopt;
    }
    const auto found = units_.find(unit);
    if (found == units_.end()) {
        if (transport_ == Transport::rtu) return std::nullopt;
        return Response{unit, exception_answer(pdu[0], gateway_target_silent)};
    }
    Entry& entry = found->second;
    const auto chosen = entry.faults.next();
    if (chosen && chosen->kind == FaultKind::silent) return std::nullopt;
    if (chosen && chosen->kind == FaultKind::exception) {
        return Response{unit, exception_answer(pdu[0], chosen->fault.code)};
    }
    Response response{unit, entry.unit.answer(pdu, time)};
    if (!chosen) return response;
    response.wait = chosen->fault.wait;
    if (chosen->kind == FaultKind::wrong_unit) ++response.unit;
    response.spoil_checksum = chosen->kind == FaultKind::wrong_crc;
    response.spoil_transaction = chosen->kind == FaultKind::wrong_transaction;
    return response;
}

}  // namespace fieldway::modbus::simulator
