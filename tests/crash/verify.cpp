#include "verify.h"

#include <algorithm>
#include <limits>
#include <optional>

#include <fmt/format.h>

namespace fieldway::crash {

using queue::Gap;
using queue::Store;
using queue::StoredStream;

namespace {

/// More reads than any stream of a scenario takes.
constexpr int most_reads = 100'000;
constexpr std::uint64_t read_bytes = 20'000;

class Check {
  public:
    Check(Store& store, const Store::Recovered& recovered, const Scenario& scenario,
          const Past& past, const Timestamp& time)
        : store_(store),
          recovered_(recovered),
          scenario_(scenario),
          past_(past),
          time_(time),
          waiting_(past.streams.size()) {}

    void stream(std::size_t number) {
        const StreamPast& past = past_.streams[number];
        const auto records = read_all(store_, key(number), time_, verdict_.problems);
        for (const auto& record : records) {
            if (!belongs(number, *record)) continue;
            waiting_[number].insert(record->sequence);
            if (!past.acknowledged(record->sequence)) continue;
            ++verdict_.again;
            if (past.durably_acknowledged(record->sequence))
                problem(number, fmt::format("{} is back, though its acknowledgement was durable",
                                            record->sequence));
        }
        verdict_.waiting += records.size();
        nothing_is_missing(number);
        no_sequence_comes_again(number);
    }

    void dead_letters() {
        std::map<Place, const Record*, Less> found;
        const auto letters = store_.dead_letters(0, 1'000'000);
        for (const auto& letter : letters) {
            const auto number = scenario_.number_of(queue::stream_key_of(letter.record->message));
            if (!number.has_value() || !belongs(*number, *letter.record)) continue;
            found[{*number, letter.record->sequence}] = letter.record.get();
        }
        for (const Place& at : past_.buried)
            verdict_.dead_gone += !found.contains(at);
    }

    Verdict verdict_;

    Waiting take_waiting() { return std::move(waiting_); }

  private:
    struct Less {
        bool operator()(const Place& a, const Place& b) const {
            return std::pair(a.stream, a.sequence) < std::pair(b.stream, b.sequence);
        }
    };

    const queue::StreamKey& key(std::size_t number) const { return scenario_.streams()[number]; }

    void problem(std::size_t number, const std::string& what) {
        verdict_.problems.push_back(fmt::format("stream {}: {}", number, what));
    }

    bool belongs(std::size_t number, const Record& record) {
        const auto given = past_.streams[number].given.find(record.sequence);
        if (given == past_.streams[number].given.end()) {
            problem(number, fmt::format("{} was never given", record.sequence));
            return false;
        }
        if (same(record, *scenario_.record(number, record.sequence, given->second))) return true;
        problem(number, fmt::format("{} is not what was stored: {}", record.sequence,
                                    record.message.payload.substr(0, 60)));
        return false;
    }

    /// The gaps that the store keeps now (reading may have found more), and those that were told.
    std::vector<Told> losses_of(std::size_t number) const {
        std::vector<Told> losses = past_.streams[number].told;
        for (const Gap& gap : store_.gaps())
            if (gap.loss.key == key(number))
                losses.push_back({gap.loss.count, gap.loss.first, gap.loss.last});
        return losses;
    }

    void nothing_is_missing(std::size_t number) {
        const StreamPast& past = past_.streams[number];
        const auto losses = losses_of(number);
        std::uint64_t room = 0;
        for (const Told& loss : losses)
            room += loss.count;
        std::uint64_t in_gaps = 0;
        for (const Sequence sequence : past.stored) {
            ++verdict_.accepted;
            if (past.acknowledged(sequence) || waiting_[number].contains(sequence)) continue;
            const bool told = std::ranges::any_of(losses, [&](const Told& loss) {
                return loss.first <= sequence && sequence <= loss.last;
            });
            if (told)
                ++in_gaps;
            else
                problem(number, fmt::format("{} was accepted and is lost", sequence));
        }
        if (in_gaps > room)
            problem(number, fmt::format("{} are lost, and gaps tell of {}", in_gaps, room));
        verdict_.in_gaps += in_gaps;
    }

    void no_sequence_comes_again(std::size_t number) {
        const StreamPast& past = past_.streams[number];
        const auto found = std::ranges::find(recovered_.streams, key(number), &StoredStream::key);
        if (found == recovered_.streams.end()) {
            if (past.reserved > 0) problem(number, "is forgotten: its sequences would come again");
            return;
        }
        const Sequence highest = past.given.empty() ? 0 : past.given.rbegin()->first;
        if (found->next <= highest)
            problem(number, fmt::format("{} would be given again: {} was given already",
                                        found->next, highest));
        if (found->records > 0 && found->first > found->last)
            problem(number, fmt::format("first {} is above last {}", found->first, found->last));
    }

    Store& store_;
    const Store::Recovered& recovered_;
    const Scenario& scenario_;
    const Past& past_;
    const Timestamp time_;
    Waiting waiting_;
};

}  // namespace

std::vector<std::shared_ptr<const Record>> read_all(Store& store, const queue::StreamKey& key,
                                                    const Timestamp& time,
                                                    std::vector<std::string>& problems) {
    std::vector<std::shared_ptr<const Record>> all;
    constexpr Sequence no_end = std::numeric_limits<Sequence>::max();
    Sequence after = 0;
    for (int reads = 0; reads < most_reads; ++reads) {
        const Store::Chunk chunk = store.read(key, after, no_end, read_bytes, time);
        for (const auto& record : chunk.records) {
            if (record->sequence <= after)
                problems.push_back(fmt::format("a read above {} gave {}", after, record->sequence));
            after = std::max(after, record->sequence);
            all.push_back(record);
        }
        if (!chunk.next.has_value()) return all;
        if (*chunk.next <= after) {
            problems.push_back(
                fmt::format("a read up to {} says to go on at {}", after, *chunk.next));
            return all;
        }
        after = std::max(after, *chunk.next - 1);
    }
    problems.push_back("reading a stream does not end");
    return all;
}

Verdict verify(Store& store, const Store::Recovered& recovered, const Scenario& scenario,
               const Past& past, const Timestamp& time, Waiting& waiting) {
    Check check(store, recovered, scenario, past, time);
    for (std::size_t number = 0; number < past.streams.size(); ++number)
        check.stream(number);
    check.dead_letters();
    waiting = check.take_waiting();
    return check.verdict_;
}

}  // namespace fieldway::crash
