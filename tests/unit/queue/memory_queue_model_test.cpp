// The queue against a model of plain maps, with random actions. RapidCheck prints the seed of a
// run; a failing one is run again with RC_PARAMS="seed=...".
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "queue_fixture.h"

namespace fieldway::queue {
namespace {

using test::key_of;
using test::message_of;
using test::PostedQueue;

/// What the queue must do, in the simplest way.
struct Model {
    struct Kept {
        std::uint64_t age;
        std::uint64_t cost;
        bool handed_out;
        int number;  ///< of the append, to follow its answer
    };
    std::map<StreamKey, std::map<Sequence, Kept>> streams;
    std::map<StreamKey, Sequence> last;
    std::map<int, Acceptance> answers;
    std::uint64_t age = 0;
    std::uint64_t most = 0;
    std::uint64_t evicted = 0;

    [[nodiscard]] std::uint64_t bytes(Lane least = Lane::bulk) const {
        std::uint64_t sum = 0;
        for (const auto& [key, records] : streams) {
            for (const auto& [sequence, kept] : records)
                sum += key.lane <= least ? kept.cost : 0;
        }
        return sum;
    }
    [[nodiscard]] std::uint64_t bytes_above(Lane lane) const {
        return lane == Lane::alarm ? 0 : bytes(static_cast<Lane>(static_cast<int>(lane) - 1));
    }
    void evict_one(Lane lane) {
        const StreamKey* victim = nullptr;
        Sequence victim_sequence = 0;
        Kept best{};
        for (const auto& [key, records] : streams) {
            if (key.lane < lane) continue;
            for (const auto& [sequence, kept] : records) {
                const auto rank =
                    std::tuple(kept.handed_out, -static_cast<int>(key.lane), kept.age);
                if (victim && rank >= std::tuple(best.handed_out, -static_cast<int>(victim->lane),
                                                 best.age)) {
                    continue;
                }
                victim = &key;
                victim_sequence = sequence;
                best = kept;
            }
        }
        RC_ASSERT(victim != nullptr);
        answers[best.number] = Acceptance::refused;
        ++evicted;
        streams.at(*victim).erase(victim_sequence);
    }
    bool append(const StreamKey& key, std::uint64_t cost, int number, bool drop_oldest) {
        const bool fits = bytes() + cost <= most;
        if (!fits && (!drop_oldest || bytes_above(key.lane) + cost > most)) return false;
        while (bytes() + cost > most)
            evict_one(key.lane);
        streams[key].emplace(++last[key], Kept{++age, cost, false, number});
        return true;
    }
    void remove(const StreamKey& key, Sequence sequence, Acceptance acceptance) {
        const auto at = streams[key].find(sequence);
        if (at == streams[key].end()) return;
        answers[at->second.number] = acceptance;
        streams[key].erase(at);
    }
};

TEST(MemoryQueueModel, DoesWhatTheModelDoes) {
    const bool held = rc::check("memory queue against its model", [] {
        const bool drop_oldest = *rc::gen::arbitrary<bool>();
        Model model;
        model.most = *rc::gen::inRange<std::uint64_t>(500, 6000);
        PostedQueue q({model.most, drop_oldest ? config::WhenFull::drop_oldest
                                               : config::WhenFull::drop_newest});
        std::map<int, Acceptance> answers;
        const int steps = *rc::gen::inRange(1, 120);
        for (int step = 0; step < steps; ++step) {
            const StreamKey key = key_of(
                *rc::gen::element<std::string>("a", "b"),
                *rc::gen::elementOf(std::vector<Lane>{Lane::alarm, Lane::telemetry, Lane::bulk}));
            const auto sequence = *rc::gen::inRange<Sequence>(0, model.last[key] + 2);
            switch (*rc::gen::weightedElement<int>({{5, 0}, {2, 1}, {2, 2}, {1, 3}})) {
                case 0: {
                    const auto size = *rc::gen::inRange<std::size_t>(0, 400);
                    Message message =
                        message_of(key.device.text(), std::string(size, 'x'), key.lane);
                    message.payload.shrink_to_fit();
                    const auto cost = MemoryQueue::cost_of(message);
                    const auto got =
                        q.queue.append(std::move(message), [&answers, step](Acceptance a) {
                            RC_ASSERT(answers.emplace(step, a).second);
                        });
                    RC_ASSERT(got.has_value() == model.append(key, cost, step, drop_oldest));
                    if (got) RC_ASSERT(*got == model.last[key]);
                    break;
                }
                case 1: {
                    const auto most = *rc::gen::inRange<std::size_t>(0, 5);
                    std::vector<Sequence> got;
                    for (const auto& record : q.queue.peek(key, sequence, most)) {
                        got.push_back(record->sequence);
                    }
                    std::vector<Sequence> wanted;
                    for (auto& [number, kept] : model.streams[key]) {
                        if (number <= sequence || wanted.size() == most) continue;
                        wanted.push_back(number);
                        kept.handed_out = true;
                    }
                    RC_ASSERT(got == wanted);
                    break;
                }
                case 2:
                    q.queue.release(key, sequence);
                    model.remove(key, sequence, Acceptance::durable);
                    break;
                default:
                    q.queue.bury(key, sequence, "no");
                    model.remove(key, sequence, Acceptance::refused);
                    break;
            }
            q.run();
            RC_ASSERT(q.queue.figures().total.bytes == model.bytes());
            RC_ASSERT(q.queue.figures().total.bytes <= model.most);
            RC_ASSERT(q.queue.figures().total.evicted == model.evicted);
            RC_ASSERT(answers == model.answers);
        }
    });
    EXPECT_TRUE(held);
}

/// Whoever peeks when told, and again after each release, never leaves a record behind.
TEST(MemoryQueueModel, WhoListensMissesNothing) {
    const bool held = rc::check("no record waits untold", [] {
        PostedQueue q({1 << 20, config::WhenFull::drop_oldest});
        const auto window = *rc::gen::inRange<std::size_t>(1, 4);
        std::vector<Sequence> open;
        Sequence sent = 0;
        const StreamKey key = key_of("a");
        const auto fill = [&] {
            if (open.size() >= window) return;
            for (const auto& record : q.queue.peek(key, sent, window - open.size())) {
                RC_ASSERT(record->sequence == sent + 1);
                sent = record->sequence;
                open.push_back(sent);
            }
        };
        q.queue.on_arrival([&](const StreamKey&) { fill(); });
        Sequence appended = 0;
        for (const bool append : *rc::gen::arbitrary<std::vector<bool>>()) {
            if (append) {
                appended = q.queue.append(message_of("a", "x"), {}).value();
            } else if (!open.empty()) {
                q.queue.release(key, open.front());
                open.erase(open.begin());
                fill();
            }
            q.run();
            RC_ASSERT(sent == appended || open.size() == window);
        }
    });
    EXPECT_TRUE(held);
}

}  // namespace
}  // namespace fieldway::queue
