// What an input's details tell of its line: how busy it is, and whether the plan is met. Pure.
#pragma once

#include <string>

#include "base/clock.h"
#include "modbus/poll_table.h"
#include "modbus/poller.h"

namespace fieldway::modbus {

/// Of one line, since the last report. Thread: the line's own.
class LineReport {
  public:
    /// Seldom enough to cost nothing with a thousand lines, often enough for whoever looks.
    static constexpr Duration every = std::chrono::seconds(15);

    /// A request took the line for so long; true when it is time to report.
    bool add(Duration busy, MonotonicTime now);
    /// As JSON: {"load": 0.42, "devices": [{"id", "unit", "requests", "every_s", "achieved_s",
    /// "turn_around_ms"}]}, with the request of each device that keeps its interval worst. "" of an
    /// input without devices.
    std::string details(InputKey input, PollTable& table) const;
    /// A new span of time begins.
    void begin(MonotonicTime now);

  private:
    Duration busy_{};
    Duration span_{};
    MonotonicTime since_{};
};

}  // namespace fieldway::modbus
