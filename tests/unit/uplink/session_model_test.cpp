// The session machine against a model broker and a model queue, driven by random events.
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "uplink/session_machine.h"

namespace fieldway::uplink {
namespace {

using Place = std::pair<Lane, Sequence>;

/// Everything around the machine. Bytes on the wire arrive at the broker in order; a loss cuts the
/// tail off.
class World {
  public:
    World(std::uint32_t window, bool kept_session, std::uint64_t seed)
        : window_(window), kept_session_(kept_session), machine_(rules(window), seed) {
        perform(machine_.start(now_));
    }

    void append(Lane lane) {
        const Sequence sequence = ++last_[lane];
        queue_.insert({lane, sequence});
        perform(machine_.available(now_, lane));
    }
    void connect(bool accepted) {
        if (!wants_connect_) return;
        wants_connect_ = false;
        machine_.connect_step(now_, "answer");
        ConnectResult result;
        result.accepted = accepted;
        result.resends_open_publishes = accepted && kept_session_ && !wire_.empty();
        connected_ = accepted;
        if (accepted && !result.resends_open_publishes) wire_.clear();
        perform(machine_.connected(now_, result));
    }
    /// The broker takes the next message on the wire and answers.
    void answer(std::uint8_t code) {
        if (!connected_ || wire_.empty()) return;
        const auto [id, place] = wire_.front();
        wire_.pop_front();
        if (code == 0) {
            receive(place);
            acknowledged_.insert(place);
        }
        perform(machine_.acknowledged(now_, id, code));
    }
    /// The connection breaks after the broker took `taken` more messages, whose answers are lost.
    void lose(std::size_t taken, std::uint8_t code) {
        if (!connected_) return;
        connected_ = false;
        for (std::size_t i = 0; i < taken && i < wire_.size(); ++i)
            receive(wire_[i].second);
        const auto open = wire_;
        if (!kept_session_) {
            wire_.clear();
            for (const auto& [id, place] : open)
                perform(machine_.publish_failed(now_, id, ""));
        }
        perform(machine_.lost(now_, code, ""));
    }
    void pass(Duration by) {
        const MonotonicTime until = now_ + by;
        for (int wakes = 0;; ++wakes) {
            RC_ASSERT(wakes < 1000);
            const auto wake = machine_.wake();
            if (!wake || *wake > until) break;
            now_ = std::max(now_, *wake);
            perform(machine_.tick(now_));
        }
        now_ = until;
    }
    /// A broker that behaves, until nothing is left to do.
    void settle() {
        for (int rounds = 0; rounds < 2000 && !queue_.empty(); ++rounds) {
            connect(true);
            answer(0);
            if (!connected_ || wire_.empty()) pass(std::chrono::seconds(10));
        }
        RC_ASSERT(queue_.empty());
        for (const auto& [lane, last] : last_)
            RC_ASSERT(received_[lane] == last);
    }

  private:
    static SessionRules rules(std::uint32_t window) {
        SessionRules rules;
        rules.in_flight = window;
        return rules;
    }
    void receive(const Place& place) {
        // First deliveries are in order and without gaps; what comes again may be anything seen
        // before.
        RC_ASSERT(place.second <= received_[place.first] + 1);
        received_[place.first] = std::max(received_[place.first], place.second);
    }
    void perform(const Actions& actions) {
        for (const Action& action : actions) {
            std::visit([this](const auto& a) { perform(a); }, action);
        }
    }
    void perform(const action::Connect&) { wants_connect_ = true; }
    void perform(const action::Close&) {
        connected_ = false;
        wants_connect_ = false;
        wire_.clear();
    }
    void perform(const action::Draw& draw) {
        const auto found = queue_.upper_bound({draw.lane, draw.after});
        std::optional<Drawn> drawn;
        if (found != queue_.end() && found->first == draw.lane) drawn = Drawn{found->second, 100};
        perform(machine_.drawn(now_, draw.lane, drawn));
    }
    void perform(const action::Publish& publish) {
        RC_ASSERT(connected_);
        wire_.emplace_back(publish.id, Place{publish.lane, publish.sequence});
        RC_ASSERT(wire_.size() <= window_);
    }
    void perform(const action::Release& release) {
        RC_ASSERT(acknowledged_.contains({release.lane, release.sequence}));
        RC_ASSERT(queue_.erase({release.lane, release.sequence}) == 1U);
    }
    void perform(const action::Bury&) { RC_FAIL("nothing here is refused for good"); }
    void perform(const action::Change&) {}

    const std::uint32_t window_;
    const bool kept_session_;
    SessionMachine machine_;
    MonotonicTime now_{std::chrono::hours(1)};
    std::set<Place> queue_;
    std::map<Lane, Sequence> last_;
    std::map<Lane, Sequence> received_;
    std::set<Place> acknowledged_;
    std::deque<std::pair<std::uint64_t, Place>> wire_;
    bool wants_connect_ = false;
    bool connected_ = false;
};

void drive(World& world, const std::vector<std::uint8_t>& events, std::uint32_t window) {
    for (const std::uint8_t event : events) {
        const std::size_t some = event / 16;
        switch (event % 8) {
            case 0:
            case 1:
                world.append(all_lanes[some % all_lanes.size()]);
                break;
            case 2:
                world.connect(some % 4 != 0);
                break;
            case 3:
            case 4:
                world.answer(0);
                break;
            // A quota refusal puts a message behind its followers: only a window of one is strict
            // then.
            case 5:
                world.answer(window == 1 && some % 4 == 0 ? 0x97 : 0);
                break;
            case 6:
                world.lose(some % 4, some == 15 ? 0x8E : 0);
                break;
            default:
                world.pass(std::chrono::milliseconds(100) * (some * some * some));
                break;
        }
    }
    world.settle();
}

TEST(SessionModel, AllIsDeliveredInOrderAndNothingIsReleasedUnacknowledged) {
    EXPECT_TRUE(rc::check([](std::uint64_t seed, const std::vector<std::uint8_t>& events) {
        const std::uint32_t window = 1 + static_cast<std::uint32_t>(seed % 5);
        World world(window, false, seed);
        drive(world, events, window);
    }));
}

TEST(SessionModel, TheSameHoldsWhenTheEngineResends) {
    EXPECT_TRUE(rc::check([](std::uint64_t seed, const std::vector<std::uint8_t>& events) {
        const std::uint32_t window = 1 + static_cast<std::uint32_t>(seed % 5);
        World world(window, true, seed);
        drive(world, events, window);
    }));
}

}  // namespace
}  // namespace fieldway::uplink
