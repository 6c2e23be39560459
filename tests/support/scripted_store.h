// A store that keeps its records in a map and does what the test says: takes nothing, is full,
// loses some. What it "has on disk" outlives it, so that a test can open another on the same.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "queue/store.h"

namespace fieldway::test {

/// The disk of a scripted store.
struct ScriptedDisk {
    struct Stream {
        std::map<Sequence, std::shared_ptr<const Record>> records;
        Sequence next = 1;
        Sequence reserved = 0;
    };
    std::map<queue::StreamKey, Stream> streams;
    std::vector<queue::DeadLetter> dead;
    std::vector<queue::Gap> gaps;
    std::uint64_t next_number = 1;

    // What the test says.
    bool takes_nothing = false;  ///< degraded
    bool unreadable = false;     ///< nobody knows what is on it; with takes_nothing
    bool full = false;           ///< drop-newest, and at its limit
    std::set<Lane> full_lanes;   ///< no room for these
    std::vector<queue::Loss> losses_to_tell;
    std::size_t records_a_read = 4;
    // What the test looks at.
    std::vector<std::size_t> commits;  ///< records of each
    std::size_t acknowledge_calls = 0;
    std::size_t reads = 0;
    std::size_t reservations = 0;
    std::size_t maintained = 0;
    std::size_t flushed = 0;

    [[nodiscard]] std::size_t records() const {
        std::size_t sum = 0;
        for (const auto& [key, stream] : streams)
            sum += stream.records.size();
        return sum;
    }
};

class ScriptedStore final : public queue::Store {
  public:
    explicit ScriptedStore(ScriptedDisk& disk) : disk_(disk), degraded_(disk.takes_nothing) {}

    Recovered take_recovered() override {
        Recovered recovered;
        recovered.news = news();
        recovered.streams = streams();
        recovered.gaps = disk_.gaps;
        if (degraded_ && !std::exchange(told_, true)) {
            recovered.news.findings.push_back(
                {queue::Finding::Kind::degraded, "the disk takes nothing"});
        }
        return recovered;
    }
    CommitResult commit(std::span<const std::shared_ptr<const Record>> records,
                        const Timestamp&) override {
        CommitResult result;
        result.news = news();
        if (degraded_ || disk_.takes_nothing || disk_.full) {
            result.outcome = disk_.full ? queue::Committed::full : queue::Committed::degraded;
            return result;
        }
        for (const auto& record : records) {
            if (disk_.full_lanes.contains(record->message.lane)) {
                result.outcome = queue::Committed::full;
                continue;
            }
            auto& stream = disk_.streams[queue::stream_key_of(record->message)];
            stream.records.emplace(record->sequence, record);
            stream.next = std::max(stream.next, record->sequence + 1);
            result.stored_lanes[static_cast<std::size_t>(record->message.lane)] = true;
        }
        disk_.commits.push_back(records.size());
        return result;
    }
    void acknowledge(const queue::StreamKey& key, Sequence through,
                     std::span<const Sequence> singles) override {
        auto& stream = disk_.streams[key];
        ++disk_.acknowledge_calls;
        stream.records.erase(stream.records.begin(), stream.records.upper_bound(through));
        for (const Sequence single : singles)
            stream.records.erase(single);
        stream.next = std::max(stream.next, through + 1);
    }
    Chunk read(const queue::StreamKey& key, Sequence after, Sequence upto, std::uint64_t,
               const Timestamp&) override {
        ++disk_.reads;
        Chunk chunk;
        auto& records = disk_.streams[key].records;
        auto at = records.upper_bound(after);
        for (; at != records.end() && at->first <= upto; ++at) {
            if (chunk.records.size() == disk_.records_a_read) {
                chunk.next = at->first;
                break;
            }
            chunk.records.push_back(at->second);
        }
        chunk.news = news();
        return chunk;
    }
    queue::Committed reserve(std::span<const Reservation> reservations) override {
        if (disk_.takes_nothing) return queue::Committed::degraded;
        ++disk_.reservations;
        for (const Reservation& one : reservations) {
            auto& stream = disk_.streams[one.key];
            stream.reserved = std::max(stream.reserved, one.upto);
        }
        return queue::Committed::stored;
    }
    Maintained maintain(const Timestamp&) override {
        ++disk_.maintained;
        Maintained maintained;
        maintained.news = news();
        if (degraded_ != disk_.takes_nothing) {
            degraded_ = disk_.takes_nothing;
            maintained.news.findings.push_back(
                degraded_ ? queue::Finding{queue::Finding::Kind::degraded, "takes nothing"}
                          : queue::Finding{queue::Finding::Kind::recovered, "works again"});
        }
        return maintained;
    }
    queue::Committed flush(const Timestamp&) override {
        if (disk_.takes_nothing) return queue::Committed::degraded;
        ++disk_.flushed;
        return queue::Committed::stored;
    }
    void add_losses(std::span<const queue::Loss> losses) override {
        for (const queue::Loss& loss : losses)
            disk_.gaps.push_back({disk_.next_number++, loss});
    }
    [[nodiscard]] std::vector<queue::Gap> gaps() const override { return disk_.gaps; }
    std::optional<queue::Gap> take_gap(std::uint64_t number) override {
        for (const queue::Gap& gap : disk_.gaps) {
            if (gap.number == number) return gap;
        }
        return std::nullopt;
    }
    void gap_told(std::uint64_t number) override {
        std::erase_if(disk_.gaps, [&](const queue::Gap& gap) { return gap.number == number; });
    }
    queue::StoreNews bury(std::shared_ptr<const Record> record, const std::string& reason,
                          const Timestamp& time) override {
        disk_.dead.push_back({disk_.next_number++, std::move(record), reason, time.wall});
        return {};
    }
    std::vector<queue::DeadLetter> dead_letters(std::uint64_t after, std::size_t most) override {
        std::vector<queue::DeadLetter> found;
        for (const queue::DeadLetter& letter : disk_.dead) {
            if (letter.number > after && found.size() < most) found.push_back(letter);
        }
        return found;
    }
    bool drop_dead(std::uint64_t number) override {
        return std::erase_if(disk_.dead, [&](const queue::DeadLetter& letter) {
                   return letter.number == number;
               }) > 0;
    }
    [[nodiscard]] std::vector<queue::StoredStream> streams() const override {
        std::vector<queue::StoredStream> all;
        if (disk_.unreadable) return all;
        for (const auto& [key, stream] : disk_.streams) {
            queue::StoredStream one{key};
            one.records = stream.records.size();
            for (const auto& [sequence, record] : stream.records)
                one.bytes += record->message.payload.size();
            if (!stream.records.empty()) {
                one.first = stream.records.begin()->first;
                one.last = stream.records.rbegin()->first;
            }
            one.next = std::max(stream.next, stream.reserved + 1);
            one.reserved = stream.reserved;
            all.push_back(std::move(one));
        }
        return all;
    }
    [[nodiscard]] queue::StoreFigures figures() const override {
        queue::StoreFigures figures;
        figures.degraded = disk_.takes_nothing;
        figures.dead = disk_.dead.size();
        for (const auto& stream : streams()) {
            figures.records += stream.records;
            figures.bytes += stream.bytes;
        }
        return figures;
    }

  private:
    queue::StoreNews news() {
        queue::StoreNews told;
        for (queue::Loss& loss : std::exchange(disk_.losses_to_tell, {})) {
            auto& records = disk_.streams[loss.key].records;
            records.erase(records.lower_bound(loss.first), records.upper_bound(loss.last));
            disk_.gaps.push_back({disk_.next_number++, loss});
            told.losses.push_back(std::move(loss));
            told.gaps_changed = true;
        }
        return told;
    }

    ScriptedDisk& disk_;
    bool degraded_;
    bool told_ = false;
};

}  // namespace fieldway::test
