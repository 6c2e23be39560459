// One command to a device, request by request. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "modbus/bus.h"
#include "modbus/modbus_options.h"
#include "modbus/poller.h"
#include "plugin_api/wire.h"

namespace fieldway::modbus {

/// Reads points one by one, or writes one-register points by function code 6 and confirms each as
/// its point asks. All of a command is checked before its first request: it is refused whole or
/// begun. Thread: the line's own.
class CommandRun {
  public:
    /// An error (drop_item) says why the command is refused.
    static Result<CommandRun> make(InputKey input, const DeviceOptions& device,
                                   const wire::Command& command);

    [[nodiscard]] InputKey input() const { return input_; }
    [[nodiscard]] std::uint8_t unit() const { return unit_; }
    [[nodiscard]] MonotonicTime expires() const { return expires_; }
    [[nodiscard]] std::uint64_t number() const { return outcome_.number; }
    [[nodiscard]] bool begun() const { return begun_; }

    /// What to send next. The command has begun then.
    Request request();
    /// True when that was the last: outcome() is the answer.
    bool done(const Request& request, const Reply& reply, Duration timeout);
    /// Ends it early.
    void end(wire::OutcomeStatus status, std::string reason);
    [[nodiscard]] wire::Outcome& outcome() { return outcome_; }

  private:
    struct Item {
        PointOptions point;
        std::uint16_t raw = 0;  ///< to write
    };
    CommandRun() = default;
    Result<> add_write(const PointOptions& point, const Value& value);
    bool read_done(const Request& request, const Reply& reply, const std::string& failure);
    bool write_done(const Reply& reply, const std::string& failure);
    bool next_item();

    InputKey input_ = 0;
    std::uint8_t unit_ = 0;
    MonotonicTime expires_{};
    bool writes_ = false;
    bool begun_ = false;
    bool reading_back_ = false;
    std::vector<Item> items_;
    std::size_t at_ = 0;
    wire::Outcome outcome_;
};

/// Why a reply is no answer: `no answer in 500ms`, `exception 02, illegal data address`; "" when it
/// is one.
std::string failure_text(const Reply& reply, Duration timeout);

}  // namespace fieldway::modbus
