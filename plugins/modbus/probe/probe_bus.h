// What a probe may do on a line: ask, and, where it is told so, write. It keeps what an input
// keeps: after a timeout nothing is asked whose answer would look like the late one.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "modbus/late_answers.h"
#include "modbus/probe/asking_line.h"

namespace fieldway::modbus {

/// Thread: the caller's.
class ProbeBus {
  public:
    enum class Rights : std::uint8_t { read_only, may_write };
    /// Asked before each request; false: the person wants no more.
    using GoOn = std::function<bool()>;
    using Pause = std::function<void(Duration)>;

    /// `pause` lets time pass: a test's clock moves by it.
    ProbeBus(std::unique_ptr<AskingLine> line, const LineOptions& options, Rights rights,
             const Clock& clock, GoOn go_on, Pause pause);

    /// Opens or connects, when it is not.
    Result<> open();
    /// `lost` also when the line cannot be opened, or the person wants no more (see ended()). A
    /// write on a bus that is only to be read is a bug.
    Reply ask(const Request& request, Duration timeout);
    /// The person wants no more.
    [[nodiscard]] bool ended() const { return ended_; }
    /// Answers that came after their request was given up, since the last call.
    std::vector<LateAnswer> take_late();

  private:
    void note_late();
    void wait_for_late_window(const Request& request);

    std::unique_ptr<AskingLine> line_;
    Duration pause_between_;
    Rights rights_;
    const Clock& clock_;
    GoOn go_on_;
    Pause pause_;
    LateAnswers expected_;
    std::vector<LateAnswer> late_;
    bool ended_ = false;
};

/// On the real line of the options, by the system's clock; the clock outlives it.
ProbeBus make_probe_bus(const LineOptions& options, ProbeBus::Rights rights, const Clock& clock,
                        ProbeBus::GoOn go_on);

}  // namespace fieldway::modbus
