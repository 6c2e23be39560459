// The durable queue on the real store and a disk in memory, with crashes at random moments, against
// a ledger of what was promised. Seeds are printed; FIELDWAY_SEED=N begins with that one.
#include <array>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "hand_worker.h"
#include "queue/durable_queue.h"
#include "queue_fixture.h"
#include "support/manual_clock.h"
#include "support/memory_file_system.h"

namespace fieldway::queue {
namespace {

using namespace std::chrono_literals;
using fieldway::test::ManualClock;
using fieldway::test::MemoryFileSystem;
using test::HandWorker;

/// Ends the run with the claim that does not hold.
void claim(bool holds, const std::string& text, int line) {
    if (!holds) throw std::logic_error(text + ", line " + std::to_string(line));
}
#define CLAIM(...) claim((__VA_ARGS__), #__VA_ARGS__, __LINE__)

/// What was made, and what was said of it.
struct Kept {
    std::string payload;
    int life = 0;
    bool accepted = false;  ///< durable
    bool refused = false;   ///< dropped, and told so
    bool lost = false;      ///< the store told of it as a gap
    bool released = false;  ///< the broker acknowledged it
    int released_in = 0;    ///< the last life in which it did: a crash may bring it again
    bool numbered = false;  ///< its sequence is its own: on disk, or it went out when that was safe
    bool gap = false;       ///< the queue's own
    bool forgotten = false;  ///< and a clean stop said so to the disk: it never comes again
};

/// From one start of the process to its end.
struct Life {
    Life(MemoryFileSystem& files, const ManualClock& its_clock, const config::QueueOptions& limits,
         std::function<void()> after_each)
        : clock(its_clock) {
        StoreOptions options;
        options.folder = "/queue";
        options.limits = limits;
        options.boot_id = "boot";
        options.segment_bytes = 16 * 1024;
        store = Store::open(files, options, clock.now()).value();
        worker.emplace(*store, posted);
        worker->after_each = std::move(after_each);
        queue.emplace(limits,
                      DurableQueue::Surroundings{
                          *worker, clock, Log(),
                          [this](std::function<void()> f) { posted.push_back(std::move(f)); },
                          [this](MonotonicTime when) { wake = when; }});
        auto recovered = store->take_recovered();
        queue->start(std::move(recovered), store->figures());
    }
    void run_core() {
        while (!posted.empty()) {
            const auto f = std::move(posted.front());
            posted.pop_front();
            f();
        }
    }
    void settle() {
        do {
            run_core();
        } while (worker->run_one() || !posted.empty());
    }

    const ManualClock& clock;
    std::deque<std::function<void()>> posted;
    std::unique_ptr<Store> store;
    std::optional<HandWorker> worker;
    std::optional<MonotonicTime> wake;
    std::optional<DurableQueue> queue;
};

class World {
  public:
    explicit World(std::uint64_t seed) : random_(seed) {
        limits_.max_memory = 64 * 1024;
        limits_.compress = chance(2);
        limits_.lanes[static_cast<std::size_t>(Lane::telemetry)].durability = 1s;
        open();
    }

    void step() {
        switch (number(0, 19)) {
            case 0:
            case 1:
            case 2:
            case 3:
            case 4:
            case 5:
                for (int i = number(1, 30); i > 0; --i)
                    append();
                break;
            case 6:
            case 7:
            case 8:
                deliver(number(1, 20));
                break;
            case 9:
            case 10:
                life_->run_core();
                break;
            case 11:
            case 12:
                life_->worker->run_one();
                break;
            case 13:
            case 14:
                life_->settle();
                break;
            case 15:
                pass(std::chrono::milliseconds(number(1, 3000)));
                break;
            case 16:
                disk_.fail_call(static_cast<std::uint64_t>(number(0, 20)), chance(2) ? 5 : 28);
                break;
            case 17:
                if (chance(2)) disk_.stop_at_call(static_cast<std::uint64_t>(number(0, 20)));
                break;
            case 18:
                if (chance(3)) end(chance(2));
                break;
            default:
                if (chance(3)) stop();
                break;
        }
    }

    /// All that was accepted and not delivered is there, after one more crash.
    void check_all() {
        end(true);
        for (auto& [key, records] : made_) {
            for (bool any = true; any;) {
                any = deliver_of(key, 16);
                life_->settle();
                any = deliver_of(key, 16) || any;
            }
            for (const auto& [sequence, kept] : records) {
                if (kept->accepted && !kept->refused && !kept->lost) CLAIM(kept->released);
            }
        }
        check_losses_were_told();
        pass(20s);
        CLAIM(life_->queue->all_figures().total.records == 0U);
    }

  private:
    /// What is gone was told to its device by a gap record, as long as no gap record is gone
    /// itself.
    void check_losses_were_told() {
        for (const auto& [key, records] : made_) {
            if (gaps_lost_.contains(key.device)) continue;
            const SequenceSet& told = told_[{key.device.text(), std::string(name_of(key.lane))}];
            for (const auto& [sequence, kept] : records) {
                if (kept->lost && kept->accepted && !kept->released) CLAIM(told.contains(sequence));
            }
        }
    }
    void note_told(const Message& gap) {
        const auto loss = boost::json::parse(gap.payload).as_object();
        if (!loss.contains("first_sequence")) return;
        told_[{gap.device.text(), std::string(loss.at("lane").as_string())}].add(
            loss.at("first_sequence").to_number<Sequence>(),
            loss.at("last_sequence").to_number<Sequence>());
    }
    int number(int least, int most) {
        return std::uniform_int_distribution<int>(least, most)(random_);
    }
    bool chance(int one_in) { return number(1, one_in) == 1; }

    void open() {
        life_.emplace(disk_, clock_, limits_, [this] { note_losses(); });
        note_losses();
        ++life_number_;
        sent_.clear();
        in_flight_.clear();
    }
    /// The power goes, or the process is killed.
    void end(bool power) {
        if (power) {
            disk_.crash(random_);
        } else {
            disk_.kill();
        }
        life_.reset();
        clock_.advance(1s);
        open();
    }
    void stop() {
        bool done = false;
        bool clean = false;
        life_->queue->flush(clock_.monotonic() + 4s, [&] {
            done = true;
            clean = life_->queue->works() && life_->queue->memory_alone() == 0 &&
                    life_->queue->all_figures().duplicates_possible == 0;
        });
        life_->settle();
        pass(4s);
        CLAIM(done);
        if (clean) {
            for (auto& [key, records] : made_) {
                for (auto& [sequence, kept] : records) {
                    kept->forgotten = kept->forgotten || kept->released_in == life_number_;
                    if (kept->life == life_number_ && !kept->refused) kept->accepted = true;
                }
            }
        }
        end(false);
    }
    void pass(Duration by) {
        const MonotonicTime end = clock_.monotonic() + by;
        while (life_->wake && *life_->wake <= end) {
            clock_.advance(std::max(Duration::zero(), *life_->wake - clock_.monotonic()));
            life_->wake.reset();
            life_->queue->tick();
            life_->settle();
        }
        clock_.advance(end - clock_.monotonic());
    }

    void append() {
        const StreamKey key =
            test::key_of(chance(2) ? "a" : "b", chance(3) ? Lane::alarm : Lane::telemetry);
        auto kept = std::make_shared<Kept>();
        kept->payload = std::to_string(++payloads_) +
                        std::string(static_cast<std::size_t>(number(0, 400)), 'x');
        kept->life = life_number_;
        const auto sequence = life_->queue->append(
            test::message_of(key.device.text(), kept->payload, key.lane), [kept](Acceptance one) {
                (one == Acceptance::durable ? kept->accepted : kept->refused) = true;
                kept->numbered = kept->numbered || (kept->accepted && !kept->released);
            });
        if (!sequence) return;
        auto& place = made_[key][*sequence];
        // What a crash took before anybody saw it may leave its number to another.
        const bool free = !place || !place->numbered;
        CLAIM(free);
        place = std::move(kept);
    }

    void deliver(int most) {
        for (auto& [key, records] : made_)
            deliver_of(key, most);
    }
    /// What a session does: peeks behind what it sent, and releases some of what is in flight.
    bool deliver_of(const StreamKey& key, int most) {
        life_->run_core();
        Sequence& sent = sent_[key];
        const auto records = life_->queue->peek(key, sent, static_cast<std::size_t>(most));
        for (const auto& record : records) {
            check_next(key, sent, *record);
            sent = record->sequence;
            in_flight_[key].push_back(sent);
        }
        auto& open = in_flight_[key];
        while (!open.empty() && (open.size() > 16 || !chance(4))) {
            const auto at = open.begin() + number(0, static_cast<int>(open.size()) - 1);
            const auto kept = made_[key].at(*at);
            life_->queue->release(key, *at);
            kept->released = true;
            kept->released_in = life_number_;
            open.erase(at);
        }
        return !records.empty() || !open.empty();
    }
    /// A limit was reached, or the disk full: told, so the promise does not cover it. Looked at
    /// after each work of the store: a gap is forgotten as soon as its record is on disk.
    void note_losses() {
        for (const Gap& gap : life_->store->gaps()) {
            auto& records = made_[gap.loss.key];
            for (auto at = records.lower_bound(gap.loss.first);
                 at != records.end() && at->first <= gap.loss.last; ++at) {
                at->second->lost = true;
                if (at->second->gap) gaps_lost_.insert(gap.loss.key.device);
            }
        }
    }
    void check_next(const StreamKey& key, Sequence after, const Record& record) {
        CLAIM(record.sequence > after);
        auto& records = made_[key];
        auto here = records.find(record.sequence);
        const bool unknown =
            here == records.end() ||
            (here->second->payload != record.message.payload && !here->second->numbered);
        if (unknown && record.message.subtopic == limits_.gap_subtopic) {
            // The queue's own: what the device lost.
            auto gap = std::make_shared<Kept>();
            gap->payload = record.message.payload;
            gap->life = life_number_;
            gap->gap = true;
            note_told(record.message);
            here = records.insert_or_assign(record.sequence, std::move(gap)).first;
        }
        CLAIM(here != records.end());
        CLAIM(here->second->payload == record.message.payload);
        CLAIM(!here->second->forgotten);
        // In memory mode it may go out before its sequence is reserved.
        here->second->numbered = here->second->numbered || life_->queue->works();
        for (auto at = records.upper_bound(after); at != here; ++at) {
            const Kept& passed = *at->second;
            const bool there = !passed.lost && (passed.accepted || passed.life == life_number_);
            const bool may_be_passed = !there || passed.refused || passed.released;
            CLAIM(may_be_passed);
        }
    }

    std::mt19937_64 random_;
    MemoryFileSystem disk_;
    ManualClock clock_;
    config::QueueOptions limits_;
    std::optional<Life> life_;
    int life_number_ = 0;
    int payloads_ = 0;
    std::map<StreamKey, std::map<Sequence, std::shared_ptr<Kept>>> made_;
    std::map<StreamKey, Sequence> sent_;
    std::map<std::pair<std::string, std::string>, SequenceSet> told_;  ///< by device and lane
    std::set<DeviceId> gaps_lost_;  ///< devices of which a gap record is gone
    std::map<StreamKey, std::vector<Sequence>> in_flight_;
};

/// The reason why a run of this seed breaks the promise; empty when it does not.
std::string broken_by(std::uint64_t seed) {
    try {
        World world(seed);
        for (int step = 0; step < 150; ++step)
            world.step();
        world.check_all();
    } catch (const std::exception& error) {
        return error.what();
    }
    return {};
}

/// Seeds that once ended a run. 2067758481: a gap that was told between two looks of the model.
/// 3071712674: a segment that was given up and could not be removed either came back with the next
/// start.
constexpr std::array<std::uint64_t, 2> found_seeds{2067758481, 3071712674};

TEST(DurableQueueModel, KeepsWhatItPromisedWhereItOnceDidNot) {
    for (const std::uint64_t seed : found_seeds)
        EXPECT_EQ(broken_by(seed), "") << "FIELDWAY_SEED=" << seed;
}

TEST(DurableQueueModel, KeepsWhatItPromisedAcrossCrashes) {
    // The short suite runs the same seeds each time, the long lane (FIELDWAY_LONG=1) new ones.
    const bool longer = std::getenv("FIELDWAY_LONG") != nullptr;
    const std::uint64_t runs = longer ? 2000 : 60;
    const char* given = std::getenv("FIELDWAY_SEED");
    const std::uint64_t first = given != nullptr ? std::strtoull(given, nullptr, 10)
                                : longer         ? std::random_device()()
                                                 : 1;
    std::cout << "seeds from " << first << "; one again: FIELDWAY_SEED=N\n";
    for (std::uint64_t seed = first; seed < first + runs; ++seed)
        ASSERT_EQ(broken_by(seed), "") << "FIELDWAY_SEED=" << seed;
}

}  // namespace
}  // namespace fieldway::queue
