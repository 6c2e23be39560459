#include "unit/uplink/dialogue.h"

#include <algorithm>
#include <deque>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "base/quantity_text.h"
#include "uplink/reasons.h"
#include "uplink/session_machine.h"

namespace fieldway::test {

namespace {

using uplink::Action;
using uplink::Actions;
namespace action = uplink::action;

std::string text_of(uplink::Stream stream) {
    const std::string lane(name_of(stream.lane));
    return stream.drain == Drain::in_order ? lane : lane + ":" + std::string(name_of(stream.drain));
}

uplink::Stream stream_of(const std::string& name) {
    for (std::size_t i = 0; i < uplink::stream_count; ++i) {
        if (text_of(uplink::stream_at(i)) == name) return uplink::stream_at(i);
    }
    throw std::runtime_error("no stream " + name);
}

uplink::Ending ending_of(const std::string& name) {
    if (name == "by-peer") return uplink::Ending::by_peer;
    if (name == "reset") return uplink::Ending::reset;
    if (name == "unknown") return uplink::Ending::unknown;
    throw std::runtime_error("no ending " + name);
}

Duration duration_of(const std::string& text) {
    const auto duration = parse_duration(text);
    if (!duration) throw std::runtime_error("no duration " + text);
    return *duration;
}

std::uint8_t code_of(const std::string& text) {
    return static_cast<std::uint8_t>(std::stoul(text, nullptr, 0));
}

std::string line_of(std::string_view verb, const uplink::Place& place) {
    return std::string(verb) + " " + text_of(place.stream) + " " + std::to_string(place.sequence);
}

uplink::Place place_of(const std::vector<std::string>& words) {
    return {stream_of(words.at(1)), std::stoull(words.at(2))};
}

class Player {
  public:
    /// One line without its mark.
    void happen(const std::vector<std::string>& words);
    void expect(const std::string& line) {
        if (done_.empty()) throw std::runtime_error("it did nothing, not `" + line + "`");
        if (done_.front() != line) {
            throw std::runtime_error("it did `" + done_.front() + "`, not `" + line + "`");
        }
        done_.pop_front();
    }
    void ask(const std::vector<std::string>& words);
    void must_be_silent() const {
        if (!done_.empty()) throw std::runtime_error("it also did `" + done_.front() + "`");
    }

  private:
    uplink::SessionMachine& machine() {
        if (!machine_) machine_.emplace(rules_, 1);
        return *machine_;
    }
    void rule(const std::string& word);
    void connected(const std::vector<std::string>& words);
    void lost(const std::vector<std::string>& words);
    void append(const std::vector<std::string>& words);
    void perform(Actions actions);
    void perform(const Action& action);
    std::uint64_t id_of(const std::vector<std::string>& words) const {
        return ids_.at(place_of(words));
    }
    void pass(MonotonicTime until);

    uplink::SessionRules rules_;
    std::optional<uplink::SessionMachine> machine_;
    MonotonicTime now_{std::chrono::hours(1)};
    std::map<uplink::Place, std::size_t> records_;  // to the packet's bytes
    std::set<uplink::Place> on_disk_alone_;         // not to be drawn until they are read
    std::map<uplink::Place, std::uint64_t> ids_;    // of the latest publish
    uplink::Sequences newest_{};
    bool gate_shut_ = false;
    std::deque<std::string> done_;
};

void Player::rule(const std::string& word) {
    const auto equals = word.find('=');
    const std::string key = word.substr(0, equals);
    const std::string value = word.substr(equals + 1);
    if (key == "in_flight") {
        rules_.in_flight = static_cast<std::uint32_t>(std::stoul(value));
    } else if (key == "messages_per_second") {
        rules_.messages_per_second = std::stod(value);
    } else if (key == "subscribes") {
        rules_.subscribes = value == "yes";
    } else {
        throw std::runtime_error("no rule " + key);
    }
}

void Player::connected(const std::vector<std::string>& words) {
    uplink::ConnectResult result;
    result.accepted = true;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string value = words[i].substr(words[i].find('=') + 1);
        if (words[i].starts_with("receive_maximum=")) {
            result.receive_maximum = static_cast<std::uint16_t>(std::stoul(value));
        } else if (words[i].starts_with("max_packet=")) {
            result.maximum_packet_size = static_cast<std::uint32_t>(std::stoul(value));
        } else if (words[i] == "resends") {
            result.resends_open_publishes = true;
        }
    }
    perform(machine().connected(now_, result, newest_));
}

void Player::lost(const std::vector<std::string>& words) {
    const std::string how = words.size() > 1 ? words[1] : "unknown";
    const bool disconnect = how.starts_with("0x");
    perform(machine().lost(now_, disconnect ? uplink::ending_of(code_of(how)) : ending_of(how),
                           disconnect ? code_of(how) : std::uint8_t{0}, ""));
}

void Player::append(const std::vector<std::string>& words) {
    const uplink::Place place = place_of(words);
    records_[place] = words.size() > 3 ? std::stoull(words[3]) : 100;
    newest_[index_of(place.stream)] = place.sequence;
    if (machine().state() != uplink::SessionState::stopped) {
        perform(machine().available(now_, place.stream));
    }
}

void Player::happen(const std::vector<std::string>& words) {
    const std::string& verb = words.at(0);
    if (verb == "rules") {
        for (std::size_t i = 1; i < words.size(); ++i)
            rule(words[i]);
    } else if (verb == "append") {
        append(words);
    } else if (verb == "out-of-memory") {
        on_disk_alone_.insert(place_of(words));
    } else if (verb == "read") {
        on_disk_alone_.erase(place_of(words));
        perform(machine().available(now_, place_of(words).stream));
    } else if (verb == "start") {
        perform(machine().start(now_));
    } else if (verb == "started") {
        machine().connect_step(now_, "answer");
    } else if (verb == "stop") {
        perform(machine().stop(now_, now_ + duration_of(words.at(1))));
    } else if (verb == "connected") {
        connected(words);
    } else if (verb == "refused") {
        uplink::ConnectResult result;
        result.refused_by_broker = true;
        result.reason = code_of(words.at(1));
        perform(machine().connected(now_, result));
    } else if (verb == "look-out") {
        machine().look_out(now_);
    } else if (verb == "broker-is-back") {
        perform(machine().broker_is_back());
    } else if (verb == "unreachable") {
        perform(machine().connected(now_, {}));
    } else if (verb == "token") {
        machine().token_made(now_, duration_of(words.at(1)));
    } else if (verb == "token-ends") {
        machine().token_ends(now_ + duration_of(words.at(1)));
    } else if (verb == "prepared") {
        perform(machine().prepared(now_));
    } else if (verb == "prepare-failed") {
        perform(machine().prepare_failed(now_, "failed"));
    } else if (verb == "clock" && words.at(1) == "hinders") {
        perform(machine().clock_hinders(now_, "it says 1970"));
    } else if (verb == "clock") {
        machine().doubt_clock(words.at(1) == "in-doubt");
        if (words.at(1) == "settled") perform(machine().clock_changed());
    } else if (verb == "suback") {
        perform(machine().subscribed(now_, code_of(words.at(1))));
    } else if (verb == "ack") {
        perform(machine().acknowledged(now_, id_of(words),
                                       words.size() > 3 ? code_of(words[3]) : std::uint8_t{0}));
    } else if (verb == "failed") {
        perform(machine().publish_failed(now_, id_of(words), "failed"));
    } else if (verb == "lost") {
        lost(words);
    } else if (verb == "gate") {
        gate_shut_ = true;
    } else if (verb == "granted") {
        perform(machine().granted(now_, stream_of(words.at(1))));
    } else if (verb == "after") {
        pass(now_ + duration_of(words.at(1)));
    } else if (verb == "next") {
        pass(machine().wake().value());
    } else {
        throw std::runtime_error("no event " + verb);
    }
}

void Player::pass(MonotonicTime until) {
    constexpr int most_wakes = 10'000;
    for (int i = 0; i < most_wakes; ++i) {
        const auto wake = machine().wake();
        if (!wake || *wake > until) {
            now_ = until;
            return;
        }
        now_ = std::max(now_, *wake);
        perform(machine().tick(now_));
    }
    throw std::runtime_error("it wakes for ever");
}

void Player::ask(const std::vector<std::string>& words) {
    if (words.at(0) == "wake") {
        const auto wake = machine().wake();
        if (!wake) throw std::runtime_error("it never wakes");
        const Duration in = *wake - now_;
        if (in < duration_of(words.at(1)) || in > duration_of(words.at(2))) {
            throw std::runtime_error("it wakes in " + to_text(in));
        }
    } else if (words.at(0) == "in_flight") {
        if (machine().in_flight() != std::stoul(words.at(1))) {
            throw std::runtime_error(std::to_string(machine().in_flight()) + " are in flight");
        }
    } else {
        throw std::runtime_error("no question " + words[0]);
    }
}

void Player::perform(Actions actions) {
    for (const Action& action : actions)
        perform(action);
}

void Player::perform(const Action& action) {
    if (const auto* draw = std::get_if<action::Draw>(&action)) {
        const auto found = records_.upper_bound({draw->stream, draw->after});
        std::optional<uplink::Drawn> drawn;
        if (found != records_.end() && found->first.stream == draw->stream &&
            !on_disk_alone_.contains(found->first)) {
            drawn = uplink::Drawn{found->first.sequence, found->second};
        }
        perform(machine().drawn(now_, drawn));
    } else if (const auto* ask = std::get_if<action::Ask>(&action)) {
        if (gate_shut_) {
            done_.push_back("ask " + text_of(ask->stream) + " " + std::to_string(ask->bytes));
        }
        perform(machine().asked(now_, !gate_shut_));
    } else if (const auto* publish = std::get_if<action::Publish>(&action)) {
        ids_[publish->place] = publish->id;
        done_.push_back(line_of("publish", publish->place));
    } else if (const auto* release = std::get_if<action::Release>(&action)) {
        records_.erase(release->place);
        done_.push_back(line_of("release", release->place));
    } else if (const auto* bury = std::get_if<action::Bury>(&action)) {
        records_.erase(bury->place);
        done_.push_back(line_of("bury", bury->place));
    } else if (std::holds_alternative<action::Prepare>(action)) {
        done_.emplace_back("prepare");
    } else if (std::holds_alternative<action::Abandon>(action)) {
        done_.emplace_back("abandon");
    } else if (const auto* replace = std::get_if<action::Replace>(&action)) {
        done_.emplace_back(replace->watch_ending ? "replace watching" : "replace");
    } else if (std::holds_alternative<action::Subscribe>(action)) {
        done_.emplace_back("subscribe");
    } else if (const auto* downlinks = std::get_if<action::Downlinks>(&action)) {
        done_.push_back(downlinks->sentence.empty() ? "downlinks again" : "no downlinks");
    } else if (const auto* connect = std::get_if<action::Connect>(&action)) {
        done_.emplace_back(connect->watch_ending ? "connect watching" : "connect");
    } else if (const auto* change = std::get_if<action::Change>(&action)) {
        done_.push_back("state " + std::string(uplink::name_of(change->state)));
    } else {
        done_.emplace_back(std::holds_alternative<action::Close>(action) ? "close" : "leave");
    }
}

}  // namespace

std::string play_dialogue(const std::filesystem::path& file) {
    std::ifstream in(file);
    Player player;
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
        if (line.empty() || line.front() == '#') continue;
        std::istringstream rest(line.substr(1));
        std::vector<std::string> words;
        for (std::string word; rest >> word;)
            words.push_back(word);
        try {
            if (line.front() == '<') {
                player.expect(line.substr(2));
                continue;
            }
            player.must_be_silent();
            if (line.front() == '>') player.happen(words);
            if (line.front() == '?') player.ask(words);
        } catch (const std::exception& wrong) {
            return file.string() + ":" + std::to_string(number) + ": " + wrong.what();
        }
    }
    try {
        player.must_be_silent();
    } catch (const std::exception& wrong) {
        return file.string() + ": at its end " + wrong.what();
    }
    return {};
}

}  // namespace fieldway::test
