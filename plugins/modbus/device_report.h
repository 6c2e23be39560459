// What the gateway is told about devices: readings of answers, bad readings, states on change.
// Pure.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "modbus/bus.h"
#include "modbus/poll_table.h"
#include "modbus/poller.h"

namespace fieldway::modbus {

/// The readings of an answer; points that cannot be decoded are bad, with the reason.
void report_answer(PollBlock& block, const Request& request, const Reply& reply, PollerOutput& out);

/// All points of the block as bad.
void report_bad(const PollBlock& block, std::string_view reason, Timestamp now, PollerOutput& out);

/// The device itself refused these points (an exception, or silence while it answers others): they
/// count as failing until they are read again.
void mark_failing(PollBlock& block);

/// up, or degraded where points fail; told when it changes.
void report_alive(LineDevice& device, std::string_view reason, PollerOutput& out);
void report_down(LineDevice& device, std::string_view reason, PollerOutput& out);

/// An answer of this device came so long `after` it was given up, which is beyond the window.
void report_beyond_window(const LineDevice& device, const LineOptions& line, Duration after,
                          PollerOutput& out);

void report_input(InputKey input, wire::InputState state, std::string_view reason,
                  PollerOutput& out);

}  // namespace fieldway::modbus
