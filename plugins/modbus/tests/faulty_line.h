// A line with faults in virtual time: the poller and the exchange as the drivers run them, and
// slaves whose values say which unit, which register and which request they belong to.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "modbus/line_exchange.h"
#include "modbus/poller.h"
#include "modbus/simulator/faults.h"
#include "modbus/simulator/request_receiver.h"
#include "modbus/simulator/wire.h"
#include "support/manual_clock.h"

namespace fieldway::modbus::test {

class FaultyLine {
  public:
    static constexpr std::uint8_t units = 5;

    FaultyLine(Endpoint::Kind kind, std::uint64_t seed, const simulator::FaultOptions& faults);

    static LineOptions options_of(Endpoint::Kind kind);
    /// Until so many requests were sent.
    void run(std::uint64_t requests);
    /// Without faults, for so long.
    void run_clean(Duration time);

    /// What must not be: a value of another unit, register or request.
    std::uint64_t wrong = 0;
    std::string first_wrong;
    std::uint64_t good = 0;
    std::uint64_t bad = 0;
    std::uint64_t written = 0;  ///< commands that were done
    std::uint64_t failed = 0;   ///< and those that were not
    std::uint64_t bad_when_clean = 0;
    std::map<simulator::FaultKind, std::uint64_t> injected;
    Poller& poller() { return poller_; }
    LineFigures& figures() { return figures_; }

  private:
    void turn(MonotonicTime end);
    void deliver();
    void send(ByteView frame);
    void connect_anew(const std::string& reason);
    void answer(const simulator::Asked& asked, std::size_t size);
    Bytes answer_pdu(const simulator::Asked& asked);
    void put(MonotonicTime start, const Bytes& bytes);
    void check();
    void check(const wire::DeviceReadings& batch);
    void check(const wire::Outcome& outcome);
    void write_now_and_then();
    void note_wrong(std::string what);

    Endpoint::Kind kind_;
    LineOptions options_;
    Framing framing_;
    LineTiming timing_;
    fieldway::test::ManualClock clock_;
    std::vector<DeviceOptions> devices_;
    LineFigures figures_;
    Random random_;
    Poller poller_;
    std::unique_ptr<Exchange> exchange_;
    PollerOutput out_;
    simulator::Faults faults_;
    bool clean_ = false;
    MonotonicTime clean_since_{};
    bool stuck_ = false;
    std::unique_ptr<simulator::RequestReceiver> receiver_;

    std::multimap<MonotonicTime, Bytes> wire_;  ///< what comes, and when
    std::uint64_t serial_ = 0;                  ///< of the last request
    MonotonicTime again_{};
    std::map<std::uint8_t, std::uint16_t> memory_;   ///< of the register that is written
    std::map<std::uint64_t, std::uint16_t> wanted_;  ///< by number of the command
    std::uint64_t commands_ = 0;
};

}  // namespace fieldway::modbus::test
