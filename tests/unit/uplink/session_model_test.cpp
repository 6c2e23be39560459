// The session machine against a model broker and a model queue, driven by random events.
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "uplink/session_machine.h"

namespace fieldway::uplink {
namespace {

struct Conditions {
    std::uint32_t window = 1;
    bool kept_session = false;  ///< the engine resends what is open
    bool gate_is_slow = false;  ///< it answers later
    bool subscribes = false;
    bool tokens_expire = false;  ///< after a minute, which the broker enforces
    /// Each so many-th message makes the broker close the connection; 0: none.
    std::size_t poison_every = 0;
};

/// Everything around the machine. Bytes on the wire arrive at the broker in order; a loss cuts the
/// tail off.
class World {
  public:
    World(const Conditions& conditions, std::uint64_t seed)
        : conditions_(conditions), machine_(rules(conditions), seed) {
        perform(machine_.start(now_));
    }

    void append(Stream stream, bool may_be_poison = true) {
        const Place place{stream, ++newest_[index_of(stream)]};
        queue_.insert(place);
        const std::size_t every = conditions_.poison_every;
        if (may_be_poison && every != 0 && ++appended_ % every == 0) {
            poison_.insert(place);
        } else {
            missing_[stream].insert(place.sequence);
        }
        perform(machine_.available(now_, stream));
    }
    void connect(bool accepted) {
        if (preparing_) return prepare(accepted);
        if (!wants_connect_) return;
        wants_connect_ = false;
        if (conditions_.tokens_expire) {
            token_ends_ = now_ + token_life;
            machine_.token_made(now_, token_life);
        }
        machine_.connect_step(now_, "answer");
        ConnectResult result;
        result.accepted = accepted;
        result.resends_open_publishes =
            accepted && conditions_.kept_session && !watched_ && !wire_.empty();
        connected_ = accepted;
        if (accepted && !result.resends_open_publishes) wire_.clear();
        if (accepted) marks_ = newest_;
        perform(machine_.connected(now_, result, newest_));
    }
    /// The broker takes the next message on the wire and answers.
    void answer(std::uint8_t code) {
        if (connected_ && subscribing_) {
            subscribing_ = false;
            // One in three is refused, which must cost no message.
            return perform(machine_.subscribed(now_, ++subscriptions_ % 3 == 0 ? 0x87 : 1));
        }
        if (!connected_ || wire_.empty()) return;
        const OnWire next = wire_.front();
        if (poison_.contains(next.place)) return lose(0, Ending::by_peer, 0);
        wire_.pop_front();
        if (code == 0) {
            receive(next);
            acknowledged_.insert(next.place);
        }
        perform(machine_.acknowledged(now_, next.id, code));
    }
    /// The broker has no room for the next message on the wire now. In the pause it may leave
    /// memory: then it is not to be drawn until it is read back.
    void refuse_for_now(bool leaves_memory) {
        if (!connected_ || subscribing_ || wire_.empty() || poison_.contains(wire_.front().place))
            return;
        refused_.insert(wire_.front().place);
        if (leaves_memory) on_disk_alone_.insert(wire_.front().place);
        answer(0x97);
    }
    void read_back() {
        for (const Place& place : std::exchange(on_disk_alone_, {}))
            perform(machine_.available(now_, place.stream));
    }
    /// The connection breaks after the broker took `taken` more messages, whose answers are lost.
    void lose(std::size_t taken, Ending ending, std::uint8_t code) {
        if (!connected_) return;
        connected_ = false;
        subscribing_ = false;
        token_ends_.reset();
        for (std::size_t i = 0; i < taken && i < wire_.size(); ++i) {
            if (poison_.contains(wire_[i].place)) break;
            receive(wire_[i]);
        }
        const auto open = wire_;
        if (!conditions_.kept_session) {
            wire_.clear();
            for (const OnWire& one : open)
                perform(machine_.publish_failed(now_, one.id, ""));
        }
        perform(machine_.lost(now_, ending, code, ""));
    }
    /// Every message lacks its time, and none is to be drawn.
    void doubt_clock() { clock_in_doubt_ = true; }
    void believe_clock() {
        if (!std::exchange(clock_in_doubt_, false)) return;
        machine_.waited_for_clock(newest_);
        if (connected_) marks_ = newest_;
        for (std::size_t i = 0; i < stream_count; ++i)
            perform(machine_.available(now_, stream_at(i)));
    }
    void open_gate() {
        if (asked_.empty()) return;
        const Stream stream = *asked_.begin();
        asked_.erase(asked_.begin());
        grant(stream);
    }
    void pass(Duration by) {
        pass_until(now_ + by);
        if (token_ends_ && now_ >= *token_ends_) lose(1, Ending::by_peer, 0x87);
    }
    void pass_until(MonotonicTime until) {
        for (int wakes = 0;; ++wakes) {
            RC_ASSERT(wakes < 1000);
            const auto wake = machine_.wake();
            if (!wake || *wake > until) break;
            now_ = std::max(now_, *wake);
            perform(machine_.tick(now_));
        }
        now_ = until;
    }
    /// A broker that closes on poison and behaves otherwise, until nothing is left to do.
    void settle() {
        believe_clock();
        for (int rounds = 0; rounds < 20'000 && !queue_.empty(); ++rounds) {
            connect(true);
            open_gate();
            read_back();
            answer(0);
            if (!connected_) pass(std::chrono::minutes(1));
            if (!is_idle()) continue;
            pass(std::chrono::seconds(10));
            // What is held back as poison is judged by whether another passes.
            if (is_idle()) append({Lane::bulk, Drain::in_order}, false);
        }
        RC_ASSERT(queue_.empty());
        for (const auto& [stream, missing] : missing_)
            RC_ASSERT(missing.empty());
        RC_ASSERT(buried_ == poison_);
    }

  private:
    static constexpr Duration token_life = std::chrono::minutes(1);
    struct OnWire {
        std::uint64_t id = 0;
        Place place;
        Sequence mark = 0;  // what its stream had given out at the connect
    };

    /// What the next connection needs is there, or cannot be had.
    void prepare(bool had) {
        preparing_ = false;
        perform(had ? machine_.prepared(now_) : machine_.prepare_failed(now_, ""));
    }
    /// Something waits and nothing moves.
    [[nodiscard]] bool is_idle() const {
        return connected_ && !subscribing_ && wire_.empty() && asked_.empty() && !queue_.empty();
    }
    static SessionRules rules(const Conditions& conditions) {
        SessionRules rules;
        rules.in_flight = conditions.window;
        rules.subscribes = conditions.subscribes;
        return rules;
    }
    void receive(const OnWire& one) {
        // First deliveries are in order and without gaps, in a stream live first in each of its
        // parts; what comes again may be anything seen before.
        std::set<Sequence>& missing = missing_[one.place.stream];
        if (!missing.contains(one.place.sequence)) return;
        const bool live_first = one.place.stream.drain == Drain::live_first;
        const bool live = live_first && one.place.sequence > one.mark;
        const auto first = live ? missing.upper_bound(one.mark) : missing.begin();
        RC_ASSERT(*first == one.place.sequence);
        missing.erase(first);
    }
    void grant(Stream stream) {
        ++grants_;
        perform(machine_.granted(now_, stream));
    }
    void perform(const Actions& actions) {
        for (const Action& action : actions) {
            std::visit([this](const auto& a) { perform(a); }, action);
        }
    }
    void perform(const action::Connect& connect) {
        wants_connect_ = true;
        watched_ = connect.watch_ending;
    }
    void perform(const action::Prepare&) {
        RC_ASSERT(connected_);
        preparing_ = true;
    }
    void perform(const action::Abandon&) { preparing_ = false; }
    void perform(const action::Replace& replace) {
        RC_ASSERT(connected_);
        perform(action::Close{});
        perform(action::Connect{replace.watch_ending});
    }
    void perform(const action::Subscribe&) {
        RC_ASSERT(connected_);
        RC_ASSERT(!subscribing_);
        subscribing_ = true;
    }
    void perform(const action::Downlinks&) {}
    void perform(const action::Close&) {
        connected_ = false;
        subscribing_ = false;
        wants_connect_ = false;
        preparing_ = false;
        token_ends_.reset();
        wire_.clear();
    }
    void perform(const action::Draw& draw) {
        const auto found = queue_.upper_bound({draw.stream, draw.after});
        std::optional<Drawn> drawn;
        if (found != queue_.end() && found->stream == draw.stream &&
            !on_disk_alone_.contains(*found) && !clock_in_doubt_) {
            drawn = Drawn{found->sequence, 100};
        }
        perform(machine_.drawn(now_, drawn));
    }
    void perform(const action::Ask& ask) {
        if (conditions_.gate_is_slow) {
            RC_ASSERT(asked_.insert(ask.stream).second);
        } else {
            ++grants_;
        }
        perform(machine_.asked(now_, !conditions_.gate_is_slow));
    }
    void perform(const action::Leave&) { asked_.clear(); }
    void perform(const action::Publish& publish) {
        RC_ASSERT(connected_);
        RC_ASSERT(machine_.subscription().state() != SubscriptionState::away);
        RC_ASSERT(!subscribing_ || machine_.state() == SessionState::up);
        for (const OnWire& open : wire_)
            RC_ASSERT(open.place != publish.place);
        const Sequence mark = marks_[index_of(publish.place.stream)];
        const bool again = refused_.erase(publish.place) > 0;
        if (publish.place.sequence <= mark && !again) {
            RC_ASSERT(grants_ > 0U);
            --grants_;
        }
        wire_.push_back({publish.id, publish.place, mark});
        RC_ASSERT(wire_.size() <= conditions_.window);
    }
    void perform(const action::Release& release) {
        RC_ASSERT(acknowledged_.contains(release.place));
        RC_ASSERT(queue_.erase(release.place) == 1U);
    }
    void perform(const action::Bury& bury) {
        RC_ASSERT(poison_.contains(bury.place));
        RC_ASSERT(queue_.erase(bury.place) == 1U);
        buried_.insert(bury.place);
    }
    void perform(const action::Change&) {}

    const Conditions conditions_;
    SessionMachine machine_;
    MonotonicTime now_{std::chrono::hours(1)};
    std::set<Place> queue_;
    Sequences newest_{};
    Sequences marks_{};
    std::size_t appended_ = 0;
    std::set<Place> poison_;
    std::set<Place> buried_;
    std::map<Stream, std::set<Sequence>> missing_;  // not received yet, and no poison
    std::set<Place> acknowledged_;
    std::set<Place> refused_;
    std::set<Place> on_disk_alone_;
    std::deque<OnWire> wire_;
    std::set<Stream> asked_;
    std::size_t grants_ = 0;
    bool wants_connect_ = false;
    bool watched_ = false;
    bool connected_ = false;
    bool preparing_ = false;
    std::optional<MonotonicTime> token_ends_;  // of the present connection
    bool subscribing_ = false;
    bool clock_in_doubt_ = false;
    std::size_t subscriptions_ = 0;
};

void drive(const Conditions& conditions, std::uint64_t seed,
           const std::vector<std::uint8_t>& events) {
    World world(conditions, seed);
    for (const std::uint8_t event : events) {
        const std::size_t some = event / 16;
        switch (event % 8) {
            case 0:
            case 1:
                world.append(stream_at(some % stream_count));
                break;
            case 2:
                world.connect(some % 4 != 0);
                world.open_gate();
                break;
            case 3:
                world.open_gate();
                world.answer(0);
                break;
            case 4:
                world.answer(0);
                break;
            // A quota refusal puts a message behind its followers: only a window of one is strict
            // then.
            case 5:
                if (conditions.window == 1 && some % 4 == 0) {
                    world.refuse_for_now(some % 8 == 0);
                } else {
                    world.answer(0);
                }
                break;
            case 6:
                world.lose(some % 4, some % 3 == 0 ? Ending::reset : Ending::unknown,
                           some == 15 ? 0x8E : 0);
                break;
            default:
                world.pass(std::chrono::milliseconds(100) * (some * some * some));
                if (some % 2 == 0) world.read_back();
                if (some % 5 == 1) world.doubt_clock();
                if (some % 5 == 2) world.believe_clock();
                break;
        }
    }
    world.settle();
}

Conditions conditions_from(std::uint64_t seed) {
    Conditions conditions;
    conditions.window = 1 + static_cast<std::uint32_t>(seed % 5);
    conditions.gate_is_slow = seed / 5 % 2 != 0;
    conditions.subscribes = seed / 100 % 2 != 0;
    conditions.tokens_expire = seed / 200 % 2 != 0;
    return conditions;
}

Conditions with_poison(std::uint64_t seed) {
    Conditions conditions = conditions_from(seed);
    conditions.kept_session = seed / 10 % 2 != 0;
    conditions.poison_every = 1 + seed / 20 % 5;
    return conditions;
}

TEST(SessionModel, AllIsDeliveredInOrderAndNothingIsReleasedUnacknowledged) {
    EXPECT_TRUE(rc::check([](std::uint64_t seed, const std::vector<std::uint8_t>& events) {
        drive(conditions_from(seed), seed, events);
    }));
}

TEST(SessionModel, TheSameHoldsWhenTheEngineResends) {
    EXPECT_TRUE(rc::check([](std::uint64_t seed, const std::vector<std::uint8_t>& events) {
        Conditions conditions = conditions_from(seed);
        conditions.kept_session = true;
        drive(conditions, seed, events);
    }));
}

TEST(SessionModel, WhatTheBrokerClosesOnIsBuriedAndNothingElseWhateverTheNetworkDoes) {
    EXPECT_TRUE(rc::check([](std::uint64_t seed, const std::vector<std::uint8_t>& events) {
        drive(with_poison(seed), seed, events);
    }));
}

TEST(SessionModel, WhatOnceFailedHolds) {
    // What the engine resent was taken for sent long ago, and its closings were not counted.
    EXPECT_NO_THROW(drive(with_poison(56350), 56350, {0, 0, 0, 90, 83, 43, 55}));
}

}  // namespace
}  // namespace fieldway::uplink
