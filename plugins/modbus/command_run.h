// One command to a device, request by request. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "base/error.h"
#include "modbus/bus.h"
#include "modbus/modbus_options.h"
#include "modbus/poller.h"
#include "modbus/write_plan.h"
#include "plugin_api/wire.h"

namespace fieldway::modbus {

/// Reads points one by one, writes them and confirms each write as its point asks, or asks the
/// device what it is (kind status: FC 43). All of a command is checked before its first request: it
/// is refused whole or begun. Thread: the line's own.
class CommandRun {
  public:
    /// An error (drop_item) says why the command is refused.
    static Result<CommandRun> make(InputKey input, const DeviceOptions& device,
                                   const wire::Command& command);

    /// One request as a probe asks it (probe/raw_request.h), of whatever unit; its reply is the
    /// outcome's details.
    static Result<CommandRun> make_raw(InputKey input, const wire::Command& command);

    [[nodiscard]] InputKey input() const { return input_; }
    [[nodiscard]] std::uint8_t unit() const { return unit_; }
    [[nodiscard]] MonotonicTime expires() const { return expires_; }
    [[nodiscard]] std::uint64_t number() const { return outcome_.number; }
    [[nodiscard]] bool begun() const { return begun_; }

    /// What to send next.
    [[nodiscard]] Request next_request() const;
    /// The same; the command has begun then.
    Request request();
    /// True when that was the last: outcome() is the answer.
    bool done(const Request& request, const Reply& reply, Duration timeout);
    /// Ends it early.
    void end(wire::OutcomeStatus status, std::string reason);
    [[nodiscard]] wire::Outcome& outcome() { return outcome_; }

  private:
    enum class Phase : std::uint8_t {
        reading,
        reading_before,
        writing,
        reading_back,
        identifying,
        raw,
    };
    /// Requests of one identification; a device that always has more is not asked for ever.
    static constexpr std::size_t most_parts = 32;

    CommandRun() = default;
    Result<> take_points(const DeviceOptions& device, const wire::Command& command);
    [[nodiscard]] bool writes() const { return !writes_.empty(); }
    bool read_done(const Reply& reply, const std::string& failure);
    bool before_done(const Reply& reply, const std::string& failure);
    bool write_done(const Request& request, const Reply& reply, const std::string& failure);
    bool back_done(const Request& request, const Reply& reply, const std::string& failure);
    bool identified(const Reply& reply, const std::string& failure);
    /// The values of the points at hand, out of what was read.
    void add_readings(const Request& request, const Reply& reply);
    bool next_write();
    bool fail(std::string reason);

    InputKey input_ = 0;
    std::uint8_t unit_ = 0;
    MonotonicTime expires_{};
    Phase phase_ = Phase::reading;
    bool begun_ = false;
    std::vector<PointOptions> reads_;
    std::vector<PlannedWrite> writes_;
    std::size_t at_ = 0;
    Request raw_;                  ///< of a probe
    Request merged_;               ///< what writes bits, once the others are known
    std::uint8_t object_ = 0;      ///< of the identification
    boost::json::object details_;  ///< what is known of it
    wire::Outcome outcome_;
};

/// Why a reply is no answer: `no answer in 500ms`, `exception 02, illegal data address`; "" when it
/// is one.
std::string failure_text(const Reply& reply, Duration timeout);

}  // namespace fieldway::modbus
