// What becomes of one device's downlinks, decided. Pure: events and time come in as arguments,
// actions go out as values; app carries them out.
//
//   downlink -> known subtopic? -> decoded -> the same again? -> raw values -> written down
//            -> submitted -> outcome -> answered
//
// Nothing is half done: a downlink is refused whole before anything is written down, or submitted
// whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "config/gateway_config.h"
#include "downlink/answer_budget.h"
#include "downlink/command_book.h"
#include "downlink/decode.h"
#include "flow/command.h"
#include "flow/downlink.h"
#include "mapping/mapper.h"

namespace fieldway::downlink {

namespace action {
/// The book is another one: to be written; then stored() for the command, if there is one.
struct Store {
    std::optional<CommandNumber> number;
    friend bool operator==(const Store&, const Store&) = default;
};
/// To the device's input; then ended().
struct Submit {
    CommandNumber number = 0;
    std::vector<PointValue> points;
    MonotonicTime expires{};
    friend bool operator==(const Submit&, const Submit&) = default;
};
/// To the platform. With an identity, told() when the queue has it safely.
struct Answer {
    std::string subtopic;
    std::string payload;
    std::string identity;
    friend bool operator==(const Answer&, const Answer&) = default;
};
/// A line for the log.
struct Tell {
    bool good = false;
    std::string sentence;
    friend bool operator==(const Tell&, const Tell&) = default;
};
}  // namespace action

using Action = std::variant<action::Store, action::Submit, action::Answer, action::Tell>;
using Actions = std::vector<Action>;

struct RouterFigures {
    std::uint64_t received = 0;
    std::uint64_t written = 0;
    std::uint64_t refused = 0;  ///< before anything was sent to the device
    std::uint64_t expired = 0;
    std::uint64_t failed = 0;
    std::uint64_t duplicates = 0;  ///< done before: answered as then
    std::uint64_t repeated = 0;    ///< a configuration or retained downlink that is applied already
    std::uint64_t unanswered =
        0;  ///< refused or duplicate, and no answer sent: there were too many
};

/// Thread: core (any, but one at a time).
class DeviceRouter {
  public:
    /// Of one device under way at once.
    static constexpr std::size_t most_open = 16;

    /// Both outlive it. `book`: as it was at the end of the last run.
    DeviceRouter(const config::DeviceOptions& device, const mapping::Mapper& mapper,
                 CommandBook book = {});

    /// First of all: what the last run left without an answer is told.
    Actions start(const Timestamp& now);
    Actions arrived(const Timestamp& now, const Downlink& downlink);
    /// The book with this command is on the disk, or cannot come there.
    Actions stored(const Timestamp& now, CommandNumber number);
    Actions ended(const Timestamp& now, CommandNumber number, const CommandOutcome& outcome);
    Actions told(const std::string& identity);

    [[nodiscard]] const CommandBook& book() const { return book_; }
    [[nodiscard]] const RouterFigures& figures() const { return figures_; }

  private:
    struct Open {
        const config::CommandOptions* command = nullptr;
        std::string identity;
        std::string content;
        boost::json::object head;
        std::vector<std::string> names;
        std::vector<PointValue> points;
        MonotonicTime expires{};
    };

    [[nodiscard]] const config::CommandOptions* command_of(const std::string& subtopic) const;
    [[nodiscard]] std::string identity_of(const Downlink& downlink, const Decoded& decoded,
                                          const config::CommandOptions& command) const;
    /// Whether it is to be executed; if not, it has been dealt with.
    bool is_new(const Timestamp& now, const Downlink& downlink, const Decoded& decoded,
                const config::CommandOptions& command, const std::string& identity, Actions& out);
    Result<std::vector<PointValue>> raw_values(const Decoded& decoded,
                                               const config::CommandOptions& command) const;
    void refuse(const Timestamp& now, const Downlink& downlink, const std::string& id,
                const std::string& why, Actions& out);
    void answer(const Timestamp& now, const std::string& subtopic, const boost::json::object& said,
                const std::string& identity, Actions& out);
    void count(CommandOutcome::Status status);
    Timestamp unique(Timestamp now);

    const config::DeviceOptions& device_;
    const mapping::Mapper& mapper_;
    CommandBook book_;
    AnswerBudget budget_;
    RouterFigures figures_;
    std::map<CommandNumber, Open> open_;
    CommandNumber next_ = 1;
    WallTime last_answer_{};  // no two answers have one time: the platform tells them apart by it
};

}  // namespace fieldway::downlink
