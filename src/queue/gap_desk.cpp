#include "queue/gap_desk.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/json_text.h"

namespace fieldway::queue {

void GapDesk::set(const std::vector<Gap>& gaps) {
    waiting_.clear();
    for (const Gap& gap : gaps) {
        if (under_way_.contains(gap.number)) continue;
        waiting_[{gap.loss.key.uplink, gap.loss.key.device}].insert(gap.number);
    }
}

std::vector<std::uint64_t> GapDesk::take(const StreamKey& of, MonotonicTime now) {
    if (now < not_before_) return {};
    const auto found = waiting_.find({of.uplink, of.device});
    if (found == waiting_.end()) return {};
    const std::vector<std::uint64_t> taken(found->second.begin(), found->second.end());
    under_way_.insert(taken.begin(), taken.end());
    waiting_.erase(found);
    return taken;
}

std::vector<std::uint64_t> GapDesk::take_all(MonotonicTime now) {
    if (now < not_before_) return {};
    std::vector<std::uint64_t> taken;
    for (const auto& [whose, numbers] : waiting_)
        taken.insert(taken.end(), numbers.begin(), numbers.end());
    under_way_.insert(taken.begin(), taken.end());
    waiting_.clear();
    return taken;
}

void GapDesk::give_back(std::uint64_t number, const StreamKey& of, MonotonicTime now) {
    under_way_.erase(number);
    waiting_[{of.uplink, of.device}].insert(number);
    not_before_ = now + pause;
}

std::size_t GapDesk::size() const {
    std::size_t sum = under_way_.size();
    for (const auto& [whose, numbers] : waiting_)
        sum += numbers.size();
    return sum;
}

Message gap_message(const Loss& loss, const std::string& subtopic, const Timestamp& now) {
    boost::json::object told{{"timestamp", nullptr},
                             {"reason", name_of(loss.reason)},
                             {"lane", name_of(loss.key.lane)},
                             {"count", loss.count}};
    if (now.settled) told["timestamp"] = rfc3339(now.wall);
    if (loss.first_time != unknown_wall) told["first"] = rfc3339(loss.first_time);
    if (loss.last_time != unknown_wall) told["last"] = rfc3339(loss.last_time);
    // What was refused at the door never had a number.
    if (loss.first != 0) told["first_sequence"] = loss.first;
    if (loss.last != 0) told["last_sequence"] = loss.last;
    return {.uplink = loss.key.uplink,
            .device = loss.key.device,
            .subtopic = subtopic,
            .lane = Lane::alarm,
            .content_type = ContentType::json,
            .payload = to_json_text(told),
            .time = now};
}

std::string loss_sentence(const Loss& loss) {
    return fmt::format(
        "{} messages of device {}, lane {}, were lost ({}): {}", loss.count, loss.key.device.text(),
        name_of(loss.key.lane), name_of(loss.reason),
        loss.last_time == unknown_wall
            ? "their times are not known"
            : fmt::format("{} to {}", rfc3339(loss.first_time), rfc3339(loss.last_time)));
}

}  // namespace fieldway::queue
