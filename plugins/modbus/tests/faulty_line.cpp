#include "faulty_line.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "modbus/simulator/simulated_unit.h"

namespace fieldway::modbus::test {
namespace {

using namespace std::chrono_literals;
using simulator::Asked;
using simulator::FaultKind;

constexpr InputKey input = 1;
constexpr std::uint16_t setpoint = 4000;
constexpr std::uint16_t registers_of_value = 4;
constexpr std::uint64_t requests_between_writes = 40;
/// How long a block that was refused, or a unit that was silent, is left alone; and a poll.
constexpr Duration settling = 100s;

/// A register's part of a 64-bit value that says unit (8 bits), place (16) and request (40).
std::uint16_t register_value(std::uint8_t unit, std::uint16_t address, std::uint64_t serial) {
    const std::uint64_t value = (std::uint64_t{unit} << 56U) |
                                (std::uint64_t{address} / registers_of_value << 40U) |
                                (serial & 0xFFFFFFFFFFU);
    return static_cast<std::uint16_t>(value >> (16 * (3 - address % registers_of_value)));
}
bool bit_value(std::uint8_t unit, std::uint16_t address, std::uint64_t serial) {
    const std::uint64_t mixed = (serial * 31 + unit * 7 + address) * 0x9E3779B97F4A7C15U;
    return (mixed >> 63U) != 0;
}

PointOptions point_at(std::uint32_t number, Area area, std::uint16_t address, RegisterType type) {
    PointOptions point;
    point.number = number;
    point.name = fmt::format("{}:{}", name_of(area), address);
    point.every = 500ms;
    point.area = area;
    point.address = address;
    point.layout.type = type;
    return point;
}

/// Two requests of one shape and one of another on holding registers, one on inputs, one on coils.
DeviceOptions device_of(std::uint8_t unit) {
    DeviceOptions device;
    device.number = unit;
    device.unit = unit;
    device.id = fmt::format("unit-{}", unit);
    const auto add = [&device](Area area, std::uint16_t address, RegisterType type) {
        const auto number = static_cast<std::uint32_t>(device.points.size());
        device.points.push_back(point_at(number, area, address, type));
    };
    for (const std::uint16_t base : {std::uint16_t{0}, std::uint16_t{400}}) {
        add(Area::holding, base, RegisterType::uint64);
        add(Area::holding, static_cast<std::uint16_t>(base + 4), RegisterType::uint64);
    }
    add(Area::holding, 800, RegisterType::uint64);
    add(Area::input, 400, RegisterType::uint64);
    add(Area::input, 404, RegisterType::uint64);
    for (std::uint16_t coil = 0; coil < 16; ++coil)
        add(Area::coil, coil, RegisterType::boolean);
    add(Area::holding, setpoint, RegisterType::uint16);
    device.points.back().every = {};
    device.points.back().writable = true;
    return device;
}

}  // namespace

LineOptions FaultyLine::options_of(Endpoint::Kind kind) {
    LineOptions options;
    options.endpoint.kind = kind;
    options.timeout = 200ms;
    if (!has_numbers(kind)) options.late_window = 1s;
    return options;
}

FaultyLine::FaultyLine(Endpoint::Kind kind, std::uint64_t seed,
                       const simulator::FaultOptions& faults)
    : kind_(kind),
      options_(options_of(kind)),
      framing_(has_numbers(kind)               ? Framing::tcp
               : kind == Endpoint::Kind::ascii ? Framing::ascii
                                               : Framing::rtu),
      timing_(timing_of(options_)),
      random_(seed),
      poller_(options_, Random(seed + 1)),
      exchange_(make_exchange(options_, 1, figures_)),
      faults_(faults, seed + 2) {
    if (framing_ != Framing::tcp) receiver_ = simulator::make_receiver(framing_);
    for (std::uint8_t unit = 1; unit <= units; ++unit)
        devices_.push_back(device_of(unit));
    poller_.apply(input, devices_, clock_.monotonic(), out_);
    exchange_->reset(clock_.monotonic());
    poller_.line_up(clock_.monotonic(), out_);
}

void FaultyLine::run(std::uint64_t requests) {
    const std::uint64_t end = figures_.requests + requests;
    while (figures_.requests < end && wrong == 0)
        turn(MonotonicTime::max());
}

void FaultyLine::run_clean(Duration time) {
    clean_ = true;
    clean_since_ = clock_.monotonic();
    const MonotonicTime end = clock_.monotonic() + time;
    while (clock_.monotonic() < end && wrong == 0)
        turn(end);
    clean_ = false;
}

/// As SerialLine and SocketConnection do it.
void FaultyLine::turn(MonotonicTime end) {
    deliver();
    if (!exchange_->busy()) {
        write_now_and_then();
        const Step step = poller_.next(clock_.now(), out_);
        again_ = step.again;
        if (step.request) exchange_->begin(*step.request, step.timeout, clock_.monotonic());
    }
    if (const auto frame = exchange_->frame_to_send(clock_.monotonic())) {
        const Bytes sent(frame->begin(), frame->end());
        send(sent);
        if (!exchange_->busy()) return;  // the connection was closed instead
    }
    if (const auto reply = exchange_->poll(clock_.now())) {
        poller_.done(*reply, out_);
        check();
        if (!is_serial(kind_) && poller_.silent_requests() >= 4) connect_anew("silent");
        return;
    }
    check();
    MonotonicTime next = std::min(exchange_->wake(), end);
    if (!exchange_->busy()) next = std::min(next, again_);
    if (!wire_.empty()) next = std::min(next, wire_.begin()->first);
    if (next > clock_.monotonic()) clock_.advance(next - clock_.monotonic());
}

void FaultyLine::deliver() {
    while (!wire_.empty() && wire_.begin()->first <= clock_.monotonic()) {
        const Bytes bytes = std::move(wire_.begin()->second);
        wire_.erase(wire_.begin());
        const Result<> taken = exchange_->received(bytes, clock_.now());
        for (const LateAnswer& late : exchange_->take_late())
            poller_.late_answer_seen(late.unit, late.pdu, clock_.monotonic(), out_);
        if (!taken) return connect_anew(taken.error().sentence());
        if (exchange_->wake() <= clock_.monotonic()) return;  // the reply is known
    }
}

void FaultyLine::connect_anew(const std::string& reason) {
    stuck_ = false;
    wire_.clear();
    exchange_->reset(clock_.monotonic());
    if (poller_.in_flight()) {
        Reply reply;
        reply.kind = Reply::Kind::lost;
        reply.reason = reason;
        reply.time = clock_.now();
        poller_.done(reply, out_);
    }
    poller_.line_up(clock_.monotonic(), out_);
}

void FaultyLine::send(ByteView frame) {
    if (framing_ != Framing::tcp) {
        receiver_->add(frame);
        const auto request = receiver_->take();
        ASSERT_TRUE(request) << to_hex(frame);
        return answer({framing_, 0, request->unit, request->pdu}, frame.size());
    }
    TcpDecoder decoder;
    std::copy(frame.begin(), frame.end(), decoder.space().begin());
    decoder.commit(frame.size());
    const auto request = decoder.next();
    ASSERT_TRUE(request && *request) << to_hex(frame);
    answer({Framing::tcp, (*request)->transaction, (*request)->unit,
            Bytes((*request)->pdu.begin(), (*request)->pdu.end())},
           frame.size());
}

void FaultyLine::answer(const Asked& asked, std::size_t size) {
    ++serial_;
    const auto chosen = clean_ ? std::nullopt : faults_.next();
    if (chosen) ++injected[chosen->kind];
    if (stuck_) return;
    Bytes pdu = answer_pdu(asked);
    if (chosen) {
        switch (chosen->kind) {
            case FaultKind::silent:
                return;
            case FaultKind::exception:
                pdu = simulator::exception_answer(asked.pdu[0], chosen->code);
                break;
            case FaultKind::closed:
                if (!is_serial(kind_) && kind_ != Endpoint::Kind::udp) connect_anew("closed");
                return;
            case FaultKind::stuck:
                stuck_ = !is_serial(kind_) && kind_ != Endpoint::Kind::udp;
                return;
            default:
                break;
        }
    }
    std::uniform_int_distribution<Duration::rep> thinking(0, Duration(5ms).count());
    MonotonicTime start = clock_.monotonic() + timing_.quiet + Duration(thinking(random_)) +
                          timing_.character * static_cast<std::int64_t>(size);
    const bool at_once = !is_serial(kind_);
    for (const simulator::Piece& piece : wire_of(asked, pdu, chosen)) {
        start += piece.wait;
        put(start, piece.bytes);
        if (!at_once) start += timing_.character * static_cast<std::int64_t>(piece.bytes.size());
    }
}

/// A port gives its bytes as an adapter of low latency does, a few at a time; sockets give a piece
/// at once.
void FaultyLine::put(MonotonicTime start, const Bytes& bytes) {
    if (!is_serial(kind_)) {
        wire_.emplace(start, bytes);
        return;
    }
    constexpr std::size_t most_collected = 3;  // below the 3.5 characters of a silence
    std::uniform_int_distribution<std::size_t> size(1, most_collected);
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t count = std::min(bytes.size() - at, size(random_));
        const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(at);
        at += count;
        wire_.emplace(start + timing_.character * static_cast<std::int64_t>(at),
                      Bytes(from, from + static_cast<std::ptrdiff_t>(count)));
    }
}

Bytes FaultyLine::answer_pdu(const Asked& asked) {
    BigEndianReader reader(ByteView(asked.pdu).subspan(1));
    const auto address = reader.number<std::uint16_t>();
    const auto second = reader.number<std::uint16_t>();
    Bytes pdu{asked.pdu[0]};
    BigEndianWriter writer(pdu);
    switch (asked.pdu[0]) {
        case 1:
            pdu.resize(2 + (second + 7U) / 8U);
            pdu[1] = static_cast<std::uint8_t>(pdu.size() - 2);
            for (unsigned i = 0; i < second; ++i) {
                const auto coil = static_cast<std::uint16_t>(address + i);
                if (bit_value(asked.unit, coil, serial_))
                    pdu[2 + i / 8] = static_cast<std::uint8_t>(pdu[2 + i / 8] | (1U << (i % 8)));
            }
            return pdu;
        case 6:
            memory_[asked.unit] = second;
            return asked.pdu;
        default:
            break;
    }
    writer.number(static_cast<std::uint8_t>(second * 2));
    for (unsigned i = 0; i < second; ++i) {
        const auto at = static_cast<std::uint16_t>(address + i);
        writer.number(at == setpoint ? memory_[asked.unit]
                                     : register_value(asked.unit, at, serial_));
    }
    return pdu;
}

void FaultyLine::write_now_and_then() {
    if (serial_ < (commands_ + 1) * requests_between_writes) return;
    wire::Command command;
    command.number = ++commands_;
    command.kind = wire::CommandKind::write;
    command.device = static_cast<std::uint32_t>(1 + commands_ % units);
    const auto value = static_cast<std::uint16_t>(commands_ % 50'000);
    command.points.push_back(
        {wire::undeclared_point, fmt::format("holding:{}", setpoint), Value(std::uint64_t{value})});
    wanted_[command.number] = value;
    poller_.submit(input, command, clock_.monotonic(), out_);
}

void FaultyLine::note_wrong(std::string what) {
    if (wrong++ == 0) first_wrong = std::move(what);
}

void FaultyLine::check() {
    for (const auto& entry : out_.readings)
        check(entry.readings);
    for (const auto& entry : out_.outcomes)
        check(entry.outcome);
    out_.clear();
}

void FaultyLine::check(const wire::DeviceReadings& batch) {
    const DeviceOptions& device = devices_[batch.device - 1];
    for (const wire::Reading& reading : batch.readings) {
        if (reading.bad) {
            ++bad;
            if (clean_ && clock_.monotonic() > clean_since_ + settling) ++bad_when_clean;
            continue;
        }
        ++good;
        const PointOptions& point = device.points[reading.point];
        Value expected(bit_value(device.unit, point.address, serial_));
        if (point.area != Area::coil) {
            std::uint64_t value = 0;
            for (std::uint16_t i = 0; i < registers_of_value; ++i) {
                const auto at = static_cast<std::uint16_t>(point.address + i);
                value = (value << 16U) | register_value(device.unit, at, serial_);
            }
            expected = Value(value);
        }
        if (reading.value == expected) continue;
        note_wrong(fmt::format("request {}: unit {} {}: {} instead of {}", serial_, device.unit,
                               point.name, to_json_text(reading.value), to_json_text(expected)));
    }
}

void FaultyLine::check(const wire::Outcome& outcome) {
    const std::uint16_t value = wanted_[outcome.number];
    wanted_.erase(outcome.number);
    if (outcome.status != wire::OutcomeStatus::done) {
        ++failed;
        return;
    }
    ++written;
    const auto unit = static_cast<std::uint8_t>(1 + outcome.number % units);
    if (memory_[unit] != value || outcome.readings.size() != 1 ||
        outcome.readings[0].value != Value(std::uint64_t{value})) {
        note_wrong(
            fmt::format("request {}: write {} of {} to unit {} is called done, the unit has "
                        "{}",
                        serial_, outcome.number, value, unit, memory_[unit]));
    }
}

}  // namespace fieldway::modbus::test
