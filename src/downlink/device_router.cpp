#include "downlink/device_router.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/json_text.h"
#include "base/nearest_name.h"
#include "base/quantity_text.h"
#include "downlink/answer.h"
#include "mapping/message_builder.h"

namespace fieldway::downlink {

namespace json = boost::json;

namespace {

constexpr std::string_view interrupted =
    "the gateway was restarted while the command was under way: it may have been written, or not";

CommandOutcome outcome_of(CommandOutcome::Status status, std::string reason) {
    CommandOutcome outcome;
    outcome.status = status;
    outcome.reason = std::move(reason);
    return outcome;
}

std::string shown_subtopic(const std::string& subtopic) {
    return subtopic.empty() ? "the downlink topic itself" : "subtopic " + as_utf8(subtopic);
}

}  // namespace

DeviceRouter::DeviceRouter(const config::DeviceOptions& device, const mapping::Mapper& mapper,
                           CommandBook book)
    : device_(device), mapper_(mapper), book_(std::move(book)) {}

const config::CommandOptions* DeviceRouter::command_of(const std::string& subtopic) const {
    const auto found = std::find_if(
        device_.commands.begin(), device_.commands.end(),
        [&](const config::CommandOptions& command) { return command.subtopic == subtopic; });
    return found == device_.commands.end() ? nullptr : &*found;
}

/// Not far from the truth for that: a clock that was set back counts.
Timestamp DeviceRouter::unique(Timestamp now) {
    if (!now.settled) return now;
    const WallTime next = last_answer_ + std::chrono::milliseconds(1);
    if (next > now.wall && next - now.wall <= mapping::UniqueTimes::most_bump) now.wall = next;
    last_answer_ = now.wall;
    return now;
}

void DeviceRouter::answer(const Timestamp& now, const std::string& subtopic,
                          const json::object& said, const std::string& identity, Actions& out) {
    std::string text = answer_text(said, device_, unique(now));
    if (!identity.empty()) book_.end(identity, text);
    if (!subtopic.empty()) out.emplace_back(action::Answer{subtopic, std::move(text), identity});
}

Actions DeviceRouter::start(const Timestamp& now) {
    Actions out;
    const std::deque<RememberedCommand> commands = book_.commands();
    for (const RememberedCommand& one : commands) {
        if (one.under_way()) {
            json::object said = json::parse(one.head).as_object();
            add_outcome(said, outcome_of(CommandOutcome::Status::failed, std::string(interrupted)),
                        {}, mapper_, device_.points);
            ++figures_.failed;
            answer(now, one.reply, said, one.identity, out);
            out.emplace_back(action::Tell{false, std::string(interrupted)});
        } else if (!one.told && !one.reply.empty()) {
            out.emplace_back(action::Answer{one.reply, one.answer, one.identity});
        }
    }
    if (!out.empty()) out.emplace_back(action::Store{});
    return out;
}

/// The strongest that there is: what the sender said, else the bytes, which count only where the
/// broker says that it repeats itself.
std::string DeviceRouter::identity_of(const Downlink& downlink, const Decoded& decoded,
                                      const config::CommandOptions& command) const {
    const std::string in = command.subtopic + ":";
    if (command.configuration) return "content:" + in + CommandBook::name_of(decoded.content());
    if (!downlink.correlation.empty()) {
        return "correlation:" + CommandBook::name_of(downlink.correlation);
    }
    if (!decoded.id.empty()) return "id:" + decoded.id;
    return "bytes:" + in + CommandBook::name_of(downlink.payload);
}

bool DeviceRouter::is_new(const Timestamp& now, const Downlink& downlink, const Decoded& decoded,
                          const config::CommandOptions& command, const std::string& identity,
                          Actions& out) {
    const RememberedCommand* known = book_.find(identity);
    const std::string content = decoded.content();
    const bool pushed = command.configuration || downlink.retained;
    if ((downlink.retained && book_.is_kept(command.subtopic, content)) ||
        (command.configuration && book_.is_applied(command.subtopic, content)) ||
        (pushed && known != nullptr && known->under_way())) {
        ++figures_.repeated;
        return false;
    }
    if (command.configuration || known == nullptr) return true;
    if (identity.starts_with("bytes:") && !downlink.again) return true;
    ++figures_.duplicates;
    if (known->under_way() || known->reply.empty()) return false;  // one answer serves both
    if (!budget_.take(now.monotonic)) {
        ++figures_.unanswered;
        return false;
    }
    json::object said = json::parse(known->answer).as_object();
    said.erase(device_.timestamp_key);
    said["duplicate"] = true;
    answer(now, command.reply, said, "", out);
    return false;
}

Result<std::vector<PointValue>> DeviceRouter::raw_values(
    const Decoded& decoded, const config::CommandOptions& command) const {
    std::vector<PointValue> points;
    for (const auto& [name, value] : decoded.values) {
        const auto& allowed = command.points;
        if (std::find(allowed.begin(), allowed.end(), name) == allowed.end()) {
            const std::string near = nearest_name(name, allowed);
            return Error::drop_item(fmt::format(
                "{} is no point that {} may write; it may write {}{}",
                as_utf8(name.substr(0, Decoded::longest_id)), shown_subtopic(command.subtopic),
                fmt::join(allowed, ", "), near.empty() ? "" : "; did you mean " + near + "?"));
        }
        const auto point = mapper_.point_of(name);
        if (!point) return point.error();
        auto raw = mapper_.to_raw(*point, value);
        if (!raw) return raw.error();
        points.push_back({*point, "", std::move(*raw)});
    }
    return points;
}

Actions DeviceRouter::arrived(const Timestamp& now, const Downlink& downlink) {
    Actions out;
    ++figures_.received;
    const config::CommandOptions* const command = command_of(downlink.subtopic);
    if (command == nullptr) {
        refuse(now, downlink, "",
               "no command of the device has " + shown_subtopic(downlink.subtopic), out);
        return out;
    }
    if (downlink.too_large()) {
        refuse(now, downlink, "",
               fmt::format("the downlink has {} bytes; the most is {}", downlink.bytes,
                           Downlink::most_bytes),
               out);
        return out;
    }
    const auto decoded = decode(downlink.payload, command->configuration);
    if (!decoded) {
        refuse(now, downlink, "", decoded.error().text(), out);
        return out;
    }
    const std::string identity = identity_of(downlink, *decoded, *command);
    if (!is_new(now, downlink, *decoded, *command, identity, out)) return out;
    auto points = raw_values(*decoded, *command);
    if (!points) {
        refuse(now, downlink, decoded->id, points.error().text(), out);
        return out;
    }
    if (open_.size() >= most_open) {
        refuse(now, downlink, decoded->id,
               fmt::format("{} commands of the device are under way, which is the limit; send it "
                           "again later",
                           most_open),
               out);
        return out;
    }
    const CommandNumber number = next_++;
    Open& open = open_[number];
    open.command = command;
    open.identity = identity;
    open.content = decoded->content();
    open.head = answer_head(downlink, decoded->id);
    for (const auto& [name, value] : decoded->values)
        open.names.push_back(name);
    open.points = std::move(*points);
    open.expires = downlink.arrived + command->expires;
    book_.begin(identity, command->reply, to_json_text(open.head));
    out.emplace_back(action::Store{number});
    return out;
}

void DeviceRouter::refuse(const Timestamp& now, const Downlink& downlink, const std::string& id,
                          const std::string& why, Actions& out) {
    ++figures_.refused;
    if (!budget_.take(now.monotonic)) {
        ++figures_.unanswered;
        return;
    }
    json::object said = answer_head(downlink, id);
    add_outcome(said, outcome_of(CommandOutcome::Status::refused, why), {}, mapper_,
                device_.points);
    const config::CommandOptions* const command = command_of(downlink.subtopic);
    if (command != nullptr) answer(now, command->reply, said, "", out);
    out.emplace_back(action::Tell{false, "refused: " + shortened(why)});
}

Actions DeviceRouter::stored(const Timestamp& now, CommandNumber number) {
    const auto found = open_.find(number);
    if (found == open_.end()) return {};
    if (now.monotonic >= found->second.expires) {
        return ended(now, number,
                     outcome_of(CommandOutcome::Status::expired,
                                "it expired before it was begun: " +
                                    to_text(found->second.command->expires) + " after it came"));
    }
    return {action::Submit{number, found->second.points, found->second.expires}};
}

void DeviceRouter::count(CommandOutcome::Status status) {
    switch (status) {
        case CommandOutcome::Status::done:
            ++figures_.written;
            return;
        case CommandOutcome::Status::refused:
            ++figures_.refused;
            return;
        case CommandOutcome::Status::failed:
            ++figures_.failed;
            return;
        case CommandOutcome::Status::expired:
            ++figures_.expired;
            return;
    }
}

Actions DeviceRouter::ended(const Timestamp& now, CommandNumber number,
                            const CommandOutcome& outcome) {
    Actions out;
    const auto found = open_.find(number);
    if (found == open_.end()) return out;
    const Open open = std::move(found->second);
    open_.erase(found);
    count(outcome.status);
    const bool good = outcome.status == CommandOutcome::Status::done;
    if (good) book_.apply(open.command->subtopic, open.content);
    json::object said = open.head;
    add_outcome(said, outcome, open.names, mapper_, device_.points);
    // Nothing was sent to the device: who sends it again means it.
    const bool refused = outcome.status == CommandOutcome::Status::refused;
    if (refused) book_.forget(open.identity);
    out.emplace_back(action::Store{});
    answer(now, open.command->reply, said, refused ? "" : open.identity, out);
    out.emplace_back(action::Tell{
        good, fmt::format("{}: {}{}{}", std::string_view(said.at("status").as_string()),
                          fmt::join(open.names, ", "), outcome.reason.empty() ? "" : ": ",
                          shortened(outcome.reason))});
    return out;
}

Actions DeviceRouter::told(const std::string& identity) {
    const RememberedCommand* known = book_.find(identity);
    if (known == nullptr || known->told || known->under_way()) return {};
    book_.told(identity);
    return {action::Store{}};
}

}  // namespace fieldway::downlink
