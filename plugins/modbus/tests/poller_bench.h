// The poller with a line and devices made of a map: what it asks, and what it then tells.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "modbus/poller.h"
#include "support/manual_clock.h"

namespace fieldway::modbus {

constexpr InputKey hall = 1;

/// A line with devices whose holding registers hold their own address.
class Bench {
  public:
    static constexpr Duration answer_time = std::chrono::milliseconds(5);

    explicit Bench(LineOptions options = default_line())
        : line_(options), poller_(options, Random(1)) {}

    static LineOptions default_line() {
        LineOptions line;
        line.timeout = std::chrono::milliseconds(500);
        return line;
    }
    static DeviceOptions device(std::uint32_t number, std::uint8_t unit,
                                std::vector<std::uint16_t> registers,
                                Duration every = std::chrono::seconds(10)) {
        DeviceOptions made;
        made.number = number;
        made.unit = unit;
        for (const std::uint16_t address : registers) {
            PointOptions point;
            point.number = static_cast<std::uint32_t>(made.points.size());
            point.name = "r" + std::to_string(address);
            point.every = every;
            point.address = address;
            point.writable = true;
            made.points.push_back(point);
        }
        return made;
    }

    void start(const std::vector<DeviceOptions>& devices) {
        poller_.apply(hall, devices, clock_.monotonic(), out_);
        poller_.line_up(clock_.monotonic(), out_);
        take();
    }

    Reply answer_to(const Request& request) {
        Reply reply;
        if (instead) {
            if (const auto other = instead(request)) return *other;
        }
        data_.clear();
        BigEndianWriter writer(data_);
        if (silent_units.contains(request.unit)) return reply;
        if (is_write(request.function)) {
            memory[request.address] = request.value;
            writer.number(request.value);
        }
        for (int i = 0; !is_write(request.function) && i < request.count; ++i) {
            const auto address = static_cast<std::uint16_t>(request.address + i);
            if (silent_registers.contains(address)) return reply;
            if (missing_registers.contains(address)) {
                reply.kind = Reply::Kind::exception;
                reply.exception = exception;
                return reply;
            }
            writer.number(memory.contains(address) ? memory[address] : address);
        }
        reply.kind = Reply::Kind::answer;
        reply.data = data_;
        return reply;
    }

    void take() {
        for (auto& entry : out_.readings)
            readings.push_back(std::move(entry.readings));
        for (auto& entry : out_.states)
            states.push_back(std::move(entry.state));
        for (auto& entry : out_.outcomes)
            outcomes.push_back(std::move(entry.outcome));
        out_.clear();
    }
    /// One request and its reply, or false when nothing is due now.
    bool turn() {
        const Step step = poller_.next(clock_.now(), out_);
        take();
        if (!step.request) {
            again_ = step.again;
            return false;
        }
        Reply reply = answer_to(*step.request);
        clock_.advance(reply.kind == Reply::Kind::timeout ? line_.timeout : answer_time);
        spent[step.request->unit] +=
            reply.kind == Reply::Kind::timeout ? line_.timeout : answer_time;
        asked.push_back(*step.request);
        reply.time = clock_.now();
        poller_.done(reply, out_);
        take();
        return true;
    }
    void run_for(Duration time) {
        const MonotonicTime end = clock_.monotonic() + time;
        while (clock_.monotonic() < end) {
            if (turn()) continue;
            ASSERT_GT(again_, clock_.monotonic()) << "a loop that never rests";
            clock_.advance(std::min(again_, end) - clock_.monotonic());
        }
    }

    void submit(wire::CommandKind kind, std::uint32_t device, std::uint32_t point,
                Value value = {}) {
        wire::Command command;
        command.number = ++commands_;
        command.kind = kind;
        command.device = device;
        command.points.push_back({point, {}, std::move(value)});
        poller_.submit(hall, command, clock_.monotonic(), out_);
        take();
    }

    /// What was asked since the last clear, as ADDRESS+COUNT.
    std::set<std::string> shapes() const {
        std::set<std::string> found;
        for (const Request& request : asked)
            found.insert(std::to_string(request.address) + "+" + std::to_string(request.count));
        return found;
    }

    /// good(point) and bad(point) since the last clear.
    std::size_t count(std::uint32_t device, std::uint32_t point, bool bad) {
        std::size_t found = 0;
        for (const auto& batch : readings) {
            if (batch.device != device) continue;
            for (const auto& reading : batch.readings) {
                found += reading.point == point && reading.bad == bad;
            }
        }
        return found;
    }

    /// `7 up`, `7 down` ..., by device, as they were told.
    [[nodiscard]] std::vector<std::string> device_states() const {
        std::vector<std::string> told;
        for (const auto& state : states) {
            if (!state.of_device) continue;
            told.push_back(std::to_string(state.device) + " " +
                           std::string(wire::name_of(state.state)));
        }
        return told;
    }
    static Reply reply_of(Reply::Kind kind, std::uint8_t exception = 0) {
        Reply reply;
        reply.kind = kind;
        reply.exception = exception;
        return reply;
    }

    LineOptions line_;
    test::ManualClock clock_;
    Poller poller_;
    PollerOutput out_;
    std::set<std::uint8_t> silent_units;
    std::set<std::uint16_t> silent_registers;
    std::set<std::uint16_t> missing_registers;
    std::uint8_t exception = 2;                                   ///< what they are answered with
    std::function<std::optional<Reply>(const Request&)> instead;  ///< of the usual answer
    std::map<std::uint16_t, std::uint16_t> memory;
    std::map<std::uint8_t, Duration> spent;
    std::vector<Request> asked;
    std::vector<wire::DeviceReadings> readings;
    std::vector<wire::State> states;
    std::vector<wire::Outcome> outcomes;

  private:
    Bytes data_;
    MonotonicTime again_{};
    std::uint64_t commands_ = 0;
};

}  // namespace fieldway::modbus
