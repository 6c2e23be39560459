// Random scripts of everything that can happen to a store, by seed, against a plain model. A failed
// script prints its seed; FIELDWAY_STORE_SEED=N runs that one alone, FIELDWAY_STORE_SCRIPTS=N runs
// so many.
#include "store_model.h"

#include <cerrno>
#include <cstdlib>

#include "store_fixture.h"

namespace fieldway::queue {
namespace {

using test::MemoryFileSystem;
using test::StoreModel;
using test::stream_of;

class Script {
  public:
    explicit Script(std::uint64_t seed) : random_(seed) {
        options_.folder = test::store_folder;
        options_.limits = test::small_limits();
        options_.limits.compress = one_in(2);
        options_.boot_id = "boot-1";
        options_.segment_bytes = one_in(2) ? 4096 : 16384;
        time_.monotonic = MonotonicTime(std::chrono::hours(1));
        time_.wall = WallTime(std::chrono::seconds(1'763'806'530));
        if (one_in(2)) choose_limits();
    }

    /// "" or what went wrong.
    std::string run() {
        open(false);
        for (int at = 0; at < 40 && wrong_.empty(); ++at)
            step();
        if (wrong_.empty() && store_) restart(one_in(2));
        return wrong_;
    }

  private:
    bool one_in(std::uint64_t n) { return random_() % n == 0; }
    std::uint64_t below(std::uint64_t n) { return random_() % n; }

    void choose_limits() {
        constexpr std::array policies{config::WhenFull::drop_oldest, config::WhenFull::drop_newest,
                                      config::WhenFull::thin};
        options_.limits.when_full = policies[below(3)];
        options_.limits.max_bytes = 100'000 + below(100'000);
        if (one_in(3)) options_.limits.lanes[1].max_bytes = 40'000;
        if (one_in(3)) options_.limits.device_max_bytes = 5'000;
        if (one_in(3)) options_.limits.lanes[1].max_age = std::chrono::minutes(1);
        if (one_in(3)) disk_.set_capacity(150'000);
    }

    StreamKey any_stream() {
        const std::string device(1, static_cast<char>('a' + below(3)));
        return stream_of(device, all_lanes[below(3)],
                         one_in(4) ? Drain::live_first : Drain::in_order);
    }

    void step() {
        switch (below(12)) {
            case 0:
            case 1:
            case 2:
            case 3:
                return commit();
            case 4:
            case 5:
                return acknowledge();
            case 6:
                return check_all();
            case 7:
                return maintain();
            case 8:
                return reserve();
            case 9:
                if (one_in(3)) disk_.fail_call(below(30), one_in(2) ? EIO : ENOSPC);
                return;
            case 10:
                if (one_in(2) && !disk_.stopped()) disk_.stop_at_call(below(60));
                return;
            default:
                return restart(one_in(2));
        }
    }

    void commit() {
        std::vector<std::shared_ptr<const Record>> records;
        for (std::uint64_t streams = 1 + below(3); streams > 0; --streams) {
            const StreamKey key = any_stream();
            StoreModel::Stream& stream = model_.streams[key];
            for (std::uint64_t left = 1 + below(8); left > 0; --left) {
                stream.newest += one_in(8) ? 1 + below(5) : 1;
                std::string payload = fmt::format("{}-{}-", key.device.text(), stream.newest);
                payload.append(below(400), 'x');
                stream.submitted[stream.newest] = payload;
                records.push_back(test::record_of(key, stream.newest, payload, time_));
            }
        }
        auto result = store_->commit(records, time_);
        if (result.outcome == Committed::degraded && one_in(2)) {
            accept(records, result);
            maintain();
            result = store_->commit(records, time_);  // what DurableQueue does
        }
        accept(records, result);
    }
    void accept(const std::vector<std::shared_ptr<const Record>>& records,
                const Store::CommitResult& result) {
        take(result.news);
        for (const auto& record : records) {
            const auto lane = static_cast<std::size_t>(record->message.lane);
            if (!result.stored_lanes[lane]) continue;
            model_.streams[stream_key_of(record->message)].accepted.insert(record->sequence);
        }
    }

    void acknowledge() {
        const StreamKey key = any_stream();
        StoreModel::Stream& stream = model_.streams[key];
        if (stream.accepted.empty() || unsettled_) return;
        const auto at = std::next(stream.accepted.begin(),
                                  static_cast<std::ptrdiff_t>(below(stream.accepted.size())));
        std::vector<Sequence> singles;
        Sequence through = *at;
        if (one_in(3)) {
            through = 0;
            singles.push_back(*at);
        }
        store_->acknowledge(key, through, singles);
        for (const auto& [sequence, payload] : stream.submitted) {
            if (sequence <= through || sequence == *at) stream.acknowledged.insert(sequence);
        }
        if (one_in(3) && store_->flush(time_) == Committed::stored) {
            for (auto& [other, its] : model_.streams)
                its.durably_acknowledged = its.acknowledged;
        }
    }

    void reserve() {
        const StreamKey key = any_stream();
        StoreModel::Stream& stream = model_.streams[key];
        const Sequence upto = stream.newest + 100;
        const std::array<Store::Reservation, 1> wanted{{{key, upto}}};
        if (store_->reserve(wanted) == Committed::stored)
            stream.reserved = std::max(stream.reserved, upto);
    }

    void maintain() {
        const Duration step = one_in(2) ? std::chrono::seconds(6) : std::chrono::seconds(31);
        time_.monotonic += step;
        time_.wall += std::chrono::duration_cast<std::chrono::milliseconds>(step);
        if (one_in(10)) time_.wall += std::chrono::hours(below(100)) - std::chrono::hours(50);
        for (int at = 0; at < 1000; ++at) {
            const auto done = store_->maintain(time_);
            take(done.news);
            if (!done.again) return;
        }
        wrong_ = "maintain() never comes to an end";
    }

    void take(const StoreNews& news) {
        for (const Loss& loss : news.losses)
            model_.tell_loss(loss);
    }

    std::vector<std::string> read_all(const StreamKey& key) {
        std::vector<std::string> words;
        Sequence after = 0;
        for (int turns = 0; turns < 10'000; ++turns) {
            const auto chunk = store_->read(key, after, ~Sequence{0}, 1 + below(2000), time_);
            take(chunk.news);
            for (const auto& record : chunk.records)
                words.push_back(test::word_of(*record));
            if (!chunk.next) return words;
            if (chunk.records.empty() && *chunk.next <= after + 1) {
                unreadable_ = true;  // the disk fails now
                return words;
            }
            after = *chunk.next - 1;
        }
        wrong_ = "read() never comes to an end";
        return words;
    }

    void check_all() {
        if (unsettled_ && store_->figures().degraded) return;
        bool all = true;
        for (const auto& [key, stream] : model_.streams) {
            unreadable_ = false;
            const auto words = read_all(key);
            all = all && !unreadable_;
            if (unreadable_ || !wrong_.empty()) continue;
            wrong_ = model_.judge(key, words, unsettled_);
            if (wrong_.empty()) wrong_ = judge_figures(key, words.size());
            if (!wrong_.empty()) {
                wrong_ += fmt::format(" (stream {} {} {})", key.device.text(), name_of(key.lane),
                                      name_of(key.drain));
                return;
            }
            if (unsettled_) model_.settle(key, words);
        }
        if (all) unsettled_ = false;
    }
    std::string judge_figures(const StreamKey& key, std::size_t read) {
        for (const StoredStream& stored : store_->streams()) {
            if (stored.key != key) continue;
            if ((stored.records == 0) != (read == 0) || stored.records < read) {
                return fmt::format("{} records are said to wait, {} do", stored.records, read);
            }
            if (stored.next <= model_.streams[key].reserved)
                return fmt::format("sequence {} is given again", stored.next);
        }
        return "";
    }

    void restart(bool power_cut) {
        store_.reset();
        if (power_cut) {
            disk_.crash(random_);
        } else {
            disk_.kill();
        }
        if (one_in(3)) options_.boot_id += "x";
        open(true);
    }

    void open(bool after_crash) {
        if (after_crash && one_in(3)) disk_.stop_at_call(below(80));
        for (int tries = 0;; ++tries) {
            auto opened = Store::open(disk_, options_, time_);
            if (!opened) {
                wrong_ = opened.error().text();
                return;
            }
            store_ = *std::move(opened);
            if (!disk_.stopped()) break;
            store_.reset();  // killed while it recovered: once more
            one_in(2) ? disk_.crash(random_) : disk_.kill();
            if (tries < 4 && one_in(2)) disk_.stop_at_call(below(80));
        }
        const auto recovered = store_->take_recovered();
        take(recovered.news);
        for (const Gap& gap : recovered.gaps)
            model_.tell_loss(gap.loss);
        for (const Finding& finding : recovered.news.findings) {
            if (finding.kind == Finding::Kind::bad_frame ||
                finding.kind == Finding::Kind::set_aside) {
                wrong_ = finding.sentence;
                return;
            }
        }
        unsettled_ = after_crash;
        check_all();
    }

    std::mt19937_64 random_;
    MemoryFileSystem disk_;
    StoreOptions options_;
    Timestamp time_;
    std::unique_ptr<Store> store_;
    StoreModel model_;
    bool unreadable_ = false;
    bool unsettled_ = false;  ///< what survived the last crash was not looked at yet
    std::string wrong_;
};

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::stoull(text);
}

TEST(StoreModelTest, EveryScriptGoesAsTheModelSays) {
    const std::uint64_t one = number_from("FIELDWAY_STORE_SEED", 0);
    const std::uint64_t scripts = number_from("FIELDWAY_STORE_SCRIPTS", 150);
    for (std::uint64_t seed = one > 0 ? one : 1; seed <= (one > 0 ? one : scripts); ++seed) {
        SCOPED_TRACE(seed);
        const std::string wrong = Script(seed).run();
        ASSERT_EQ(wrong, "") << "FIELDWAY_STORE_SEED=" << seed;
    }
}

}  // namespace
}  // namespace fieldway::queue
