#include "modbus/probe/sunspec_walk.h"

#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/value.h"
#include "modbus/register_codec.h"

namespace fieldway::modbus {
namespace {

constexpr std::uint32_t mark = 0x53756E53;  // "SunS"
constexpr std::uint16_t mark_registers = 2;
constexpr std::uint16_t header_registers = 2;
constexpr std::uint16_t end_of_map = 0xFFFF;
constexpr std::uint32_t past_the_last = 0x10000;

constexpr std::uint16_t common_model = 1;
struct CommonText {
    const char* name;
    std::uint16_t offset;
    std::uint16_t registers;
};
constexpr std::array common_texts{
    CommonText{"manufacturer", 2, 16},
    CommonText{"model", 18, 16},
    CommonText{"version", 42, 8},
    CommonText{"serial_number", 50, 16},
};
constexpr std::uint16_t common_registers = 66;  // number and length included

constexpr std::uint16_t trackers_model = 160;
constexpr std::uint16_t trackers_count = 8;  // the offset of N

Request read_holding(std::uint8_t unit, std::uint32_t address, std::uint16_t count) {
    return {unit, Function::read_holding_registers, static_cast<std::uint16_t>(address), count};
}

}  // namespace

std::optional<Request> SunspecWalk::next() const {
    switch (phase_) {
        case Phase::looking:
            return read_holding(unit_, bases.at(tried_), mark_registers);
        case Phase::header:
            return read_holding(unit_, at_, header_registers);
        case Phase::common:
            return read_holding(unit_, blocks_.back().address, common_registers);
        case Phase::modules:
            return read_holding(unit_, std::uint32_t{blocks_.back().address} + trackers_count, 1);
        case Phase::ended:
            break;
    }
    return std::nullopt;
}

void SunspecWalk::take(const Reply& reply) {
    const bool answered = reply.kind == Reply::Kind::answer;
    switch (phase_) {
        case Phase::looking:
            if (answered && BigEndianReader(reply.data).number<std::uint32_t>() == mark) {
                base_ = bases.at(tried_);
                at_ = std::uint32_t{*base_} + mark_registers;
                phase_ = Phase::header;
            } else if (++tried_ == bases.size()) {
                phase_ = Phase::ended;
            }
            return;
        case Phase::header:
            if (!answered) return end(fmt::format("the header at {} cannot be read", at_));
            return take_header(reply.data);
        case Phase::common:
            if (answered) take_common(reply.data);
            return go_on();
        case Phase::modules:
            if (answered)
                blocks_.back().modules = BigEndianReader(reply.data).number<std::uint16_t>();
            return go_on();
        case Phase::ended:
            break;
    }
}

void SunspecWalk::take_header(ByteView registers) {
    BigEndianReader reader(registers);
    const auto model = reader.number<std::uint16_t>();
    const auto length = reader.number<std::uint16_t>();
    if (model == end_of_map) return end("");
    if (model == 0 || length == 0) {
        return end(
            fmt::format("at {} stands model {} with length {}, which is none", at_, model, length));
    }
    if (at_ + header_registers + length > past_the_last) {
        return end(fmt::format("model {} at {} would end behind the last register", model, at_));
    }
    if (blocks_.size() == most_blocks) {
        return end(fmt::format("there are more than {} models", most_blocks));
    }
    blocks_.push_back({model, static_cast<std::uint16_t>(at_), length, 0});
    if (model == common_model && length + header_registers >= common_registers) {
        phase_ = Phase::common;
    } else if (model == trackers_model && length + header_registers > trackers_count) {
        phase_ = Phase::modules;
    } else {
        go_on();
    }
}

void SunspecWalk::take_common(ByteView registers) {
    for (const CommonText& text : common_texts) {
        Layout layout;
        layout.type = RegisterType::string;
        layout.length = text.registers;
        const ByteView bytes =
            registers.subspan(text.offset * std::size_t{2}, text.registers * std::size_t{2});
        const Result<Value> value = decode(layout, bytes);
        if (!value || !std::holds_alternative<std::string>(*value)) continue;
        const std::string shown = as_utf8(std::get<std::string>(*value));
        if (!shown.empty()) identity_[text.name] = shown;
    }
}

void SunspecWalk::go_on() {
    const SunspecBlock& last = blocks_.back();
    at_ = std::uint32_t{last.address} + header_registers + last.length;
    phase_ = Phase::header;
    if (at_ + header_registers > past_the_last) end("the map lacks its end mark");
}

void SunspecWalk::end(std::string problem) {
    problem_ = std::move(problem);
    phase_ = Phase::ended;
}

}  // namespace fieldway::modbus
