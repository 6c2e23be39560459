// A line with simulated units on it, for probes: no port, no time.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "modbus/pdu.h"
#include "modbus/probe/asking_line.h"
#include "modbus/simulator/simulated_unit.h"
#include "support/manual_clock.h"

namespace fieldway::modbus::test {

/// Registers from an address on, each two bytes; coils and discrete inputs by whether not zero.
struct Block {
    Area area = Area::holding;
    std::uint16_t address = 0;
    std::vector<std::uint16_t> values;
};

inline simulator::SimulatedUnit unit_with(const std::vector<Block>& blocks,
                                          std::map<std::uint8_t, std::string> identity = {}) {
    simulator::UnitOptions options;
    for (const Block& block : blocks) {
        std::uint16_t address = block.address;
        for (const std::uint16_t value : block.values) {
            simulator::PointOptions point;
            point.area = block.area;
            point.address = address++;
            point.count = 1;
            if (is_bit_area(block.area)) point.layout.type = RegisterType::boolean;
            point.shows = Value(std::int64_t{value});
            options.points.push_back(point);
        }
    }
    for (auto& [number, text] : identity)
        options.identification.insert_or_assign(number, text);
    return simulator::SimulatedUnit::make(options, 1).value();
}

/// What the units are and what they were asked; shared with the lines that are made of it.
struct SimulatedBus {
    std::map<std::uint8_t, simulator::SimulatedUnit> units;
    std::vector<Request> asked;
    std::vector<std::uint8_t> late_units;  ///< answer when the next request is out
    bool ignores_number = false;           ///< the first unit answers for all
    bool open_fails = false;
    fieldway::test::ManualClock clock;
};

class SimulatedLine final : public AskingLine {
  public:
    explicit SimulatedLine(SimulatedBus& bus) : bus_(bus) {}

    Result<> open() override {
        if (bus_.open_fails) return Error::retry("nobody is there");
        open_ = true;
        return {};
    }
    [[nodiscard]] bool is_open() const override { return open_; }
    Reply ask(const Request& request, Duration timeout) override {
        bus_.asked.push_back(request);
        for (LateAnswer& late : std::exchange(on_its_way_, {}))
            late_.push_back(std::move(late));
        const auto unit = bus_.ignores_number ? bus_.units.begin() : bus_.units.find(request.unit);
        if (unit == bus_.units.end()) return silence(timeout);
        Bytes pdu;
        append_pdu(pdu, request);
        answer_ = unit->second.answer(pdu, std::chrono::seconds(0));
        const auto late = std::find(bus_.late_units.begin(), bus_.late_units.end(), request.unit);
        if (late != bus_.late_units.end()) {
            bus_.late_units.erase(late);
            on_its_way_.push_back({request.unit, answer_});
            return silence(timeout);
        }
        Reply reply = match_pdu(request, answer_);
        reply.time = bus_.clock.now();
        return reply;
    }
    std::vector<LateAnswer> take_late() override { return std::exchange(late_, {}); }

  private:
    Reply silence(Duration timeout) {
        bus_.clock.advance(timeout);
        Reply reply;
        reply.time = bus_.clock.now();
        return reply;
    }

    SimulatedBus& bus_;
    bool open_ = false;
    Bytes answer_;
    std::vector<LateAnswer> late_;
    std::vector<LateAnswer> on_its_way_;
};

}  // namespace fieldway::modbus::test
