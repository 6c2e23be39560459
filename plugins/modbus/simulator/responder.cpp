#include "modbus/simulator/responder.h"

#include <utility>

#include <fmt/format.h>

#include "modbus/bus.h"

namespace fieldway::modbus::simulator {
namespace {

constexpr std::uint8_t gateway_target_silent = 0x0B;
/// Units of one line get seeds this far apart, so that their walks and faults differ.
constexpr std::uint64_t seed_step = 1'000'003;

}  // namespace

Result<Responder> Responder::make(Kind kind, const std::vector<FaultyUnitOptions>& units,
                                  const FaultOptions& faults, std::uint64_t seed) {
    Responder responder(kind);
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

std::optional<Response> Responder::respond(const Asked& asked, Duration time) {
    if (asked.pdu.empty()) return std::nullopt;
    if (kind_ == Kind::line && asked.unit == broadcast_unit) {
        for (auto& [number, entry] : units_)
            entry.unit.answer(asked.pdu, time);
        return std::nullopt;
    }
    const auto found = units_.find(asked.unit);
    if (found == units_.end()) {
        if (kind_ == Kind::line) return std::nullopt;
        const Bytes refusal = exception_answer(asked.pdu[0], gateway_target_silent);
        return Response{wire_of(asked, refusal, std::nullopt), std::nullopt};
    }
    Entry& entry = found->second;
    const auto chosen = entry.faults.next();
    if (chosen) {
        switch (chosen->kind) {
            case FaultKind::silent:
                return std::nullopt;
            case FaultKind::exception:
                return Response{
                    wire_of(asked, exception_answer(asked.pdu[0], chosen->code), std::nullopt),
                    std::nullopt};
            case FaultKind::closed:
            case FaultKind::stuck:
            case FaultKind::unplugged:
                return Response{{}, chosen};
            default:
                break;
        }
    }
    return Response{wire_of(asked, entry.unit.answer(asked.pdu, time), chosen), std::nullopt};
}

}  // namespace fieldway::modbus::simulator
