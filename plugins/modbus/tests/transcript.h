// A conversation on a line as a text, run through the poller and the exchange of its transport in
// virtual time: what must be sent, what comes and when, and what the gateway is then told.
//
//     # what it is about
//     line rtu baud=9600 parity=none timeout=500ms
//     point supply_temp unit=1 register=input:12 type=int16 every=10s
//     > 01 04 00 0C 00 01 F1 C9          the next frame that is sent, at whatever time
//     +10ms < 01 04 02 00 D7 F9 6E       what comes 10 ms later, as one piece
//     +2s                                time that passes, in which nothing is sent
//     write setpoint 21                  a command
//     break the server closed it         the connection breaks, and is there again
//
// A frame that is sent and not in the text is a fault of the text, or of ours.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"

namespace fieldway::modbus::test {

/// What the gateway is told, a JSON object a line in the order of events: {"point": ..., "value":
/// ...}, {"point": ..., "error": ...}, {"unit": ..., "state": ...}, {"outcome": ...}; at the end
/// {"figures": ...} with those that are not zero. An error: the text cannot be read, or something
/// else was sent than it has; it names the line.
Result<std::vector<std::string>> play_transcript(const std::filesystem::path& file);

}  // namespace fieldway::modbus::test
