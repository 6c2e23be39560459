#include "exec/command_book.h"

#include <algorithm>
#include <charconv>

namespace fieldway::exec {

namespace {

wire::Outcome outcome_of(std::uint64_t number, wire::OutcomeStatus status,
                         std::string_view reason) {
    wire::Outcome outcome;
    outcome.number = number;
    outcome.status = status;
    outcome.reason = std::string(reason);
    return outcome;
}

}  // namespace

std::optional<wire::Outcome> CommandBook::answer(const AnswerLine& line) {
    std::uint64_t number = 0;
    const char* end = line.command.data() + line.command.size();
    const auto read = std::from_chars(line.command.data(), end, number);
    if (read.ec != std::errc{} || read.ptr != end || open_.erase(number) == 0) return std::nullopt;
    if (line.ok) return outcome_of(number, wire::OutcomeStatus::done, {});
    return outcome_of(
        number, wire::OutcomeStatus::failed,
        line.error.empty() ? "the program answered false, without an error" : line.error);
}

std::vector<wire::Outcome> CommandBook::expire(MonotonicTime now) {
    std::vector<wire::Outcome> expired;
    for (auto at = open_.begin(); at != open_.end();) {
        if (at->second > now) {
            ++at;
            continue;
        }
        expired.push_back(outcome_of(at->first, wire::OutcomeStatus::failed,
                                     "the program did not answer within the command's time; it may "
                                     "still act"));
        at = open_.erase(at);
    }
    return expired;
}

std::optional<MonotonicTime> CommandBook::next_expiry() const {
    std::optional<MonotonicTime> next;
    for (const auto& entry : open_)
        next = std::min(next.value_or(entry.second), entry.second);
    return next;
}

std::vector<wire::Outcome> CommandBook::fail_all(std::string_view reason) {
    std::vector<wire::Outcome> failed;
    for (const auto& entry : open_) {
        failed.push_back(outcome_of(entry.first, wire::OutcomeStatus::failed, reason));
    }
    open_.clear();
    return failed;
}

}  // namespace fieldway::exec
