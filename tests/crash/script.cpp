#include "script.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace fieldway::crash {

using namespace std::chrono_literals;
using queue::Committed;
using queue::Store;

namespace {

constexpr std::uint64_t most_records = 50;  ///< of one commit
constexpr std::size_t most_pending = 200;   ///< of one stream, while the disk takes nothing
constexpr std::size_t most_singles = 16;    ///< a window
constexpr Sequence reserve_block = 64;
/// Steps of maintenance that follow each other at most; more is a store that never rests.
constexpr int most_maintenance = 10'000;

std::string kind_of(queue::Finding::Kind kind) {
    using enum queue::Finding::Kind;
    switch (kind) {
        case torn_tail:
            return "torn_tail";
        case bad_frame:
            return "bad_frame";
        case set_aside:
            return "set_aside";
        case lost_state:
            return "lost_state";
        case degraded:
            return "degraded";
        case recovered:
            return "recovered";
        case evicted:
            return "evicted";
        case disk_full:
            return "disk_full";
    }
    return "unknown";
}

}  // namespace

Script::Script(const Scenario& scenario, const std::filesystem::path& folder, Past& past,
               Ledger& ledger)
    : scenario_(scenario),
      folder_(folder),
      past_(past),
      ledger_(ledger),
      files_(make_posix_file_system()) {}

Script::~Script() = default;

Timestamp Script::time() const {
    Timestamp now = scenario_.begin_of(past_.runs);
    now.monotonic += since_begin_;
    now.wall += std::chrono::duration_cast<std::chrono::milliseconds>(since_begin_);
    return now;
}

void Script::problem(std::size_t stream, const std::string& what) {
    problems_.push_back(fmt::format("stream {}: {}", stream, what));
}

Result<> Script::open() {
    ledger_.begin_run();
    ++seen_.opens;
    random_ = Random(scenario_.seed() * 1'000 + past_.runs);
    since_begin_ = {};
    newest_acknowledgement_.reset();
    auto opened = Store::open(*files_, scenario_.options(folder_, past_.runs), time());
    if (opened.has_error()) return opened.error();
    store_ = std::move(opened.value());
    streams_.assign(scenario_.streams().size(), {});
    waiting_.assign(scenario_.streams().size(), {});
    lost_some_.assign(scenario_.streams().size(), false);
    const Store::Recovered recovered = store_->take_recovered();
    // A folder that cannot be read is read when it can be: maintain() looks at it then.
    unread_ = figures().degraded && recovered.streams.empty();
    if (unread_)
        take(recovered.news);
    else
        look_at(recovered);
    return {};
}

/// What the store found in its folder.
void Script::look_at(const Store::Recovered& recovered) {
    take(recovered.news);
    verdict_ = verify(*store_, recovered, scenario_, past_, time(), waiting_);
    problems_.insert(problems_.end(), verdict_.problems.begin(), verdict_.problems.end());
    lost_some_.assign(scenario_.streams().size(), false);
    for (Stream& stream : streams_)
        stream.next = recovered.first_of_new;
    for (const auto& found : recovered.streams)
        if (const auto number = scenario_.number_of(found.key)) {
            streams_[*number].next = found.next;
            streams_[*number].reserved = found.reserved;
        } else {
            problems_.push_back("a stream that was never given: " + found.key.device.text());
        }
}

void Script::steps(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count && problems_.empty(); ++i)
        step();
}

void Script::step() {
    since_begin_ += std::chrono::milliseconds(random_.below(500));
    const std::uint64_t dice = random_.below(100);
    if (dice < 42)
        commit_some();
    else if (dice < 70)
        acknowledge_some();
    else if (dice < 78)
        read_some();
    else if (dice < 80)
        bury_one();
    else if (dice < 92)
        maintain(Duration::zero());
    else if (dice < 94)
        maintain(std::chrono::seconds(random_.below(600)));
    else if (dice < 96)
        tell_gap();
    else if (dice < 98)
        flush();
    else if (dice < 99)
        compare();
    else
        reopen();
}

void Script::reopen() {
    store_.reset();
    if (const auto opened = open(); opened.has_error()) problems_.push_back(opened.error().text());
}

bool Script::reserve(std::size_t stream, Sequence upto) {
    Stream& its = streams_[stream];
    if (upto <= its.reserved) return true;
    const Store::Reservation wanted{scenario_.streams()[stream], upto + reserve_block};
    if (store_->reserve({&wanted, 1}) != Committed::stored) return false;
    its.reserved = wanted.upto;
    ledger_.reserved(stream, wanted.upto);
    return true;
}

std::vector<std::shared_ptr<const Record>> Script::take_records(std::size_t stream,
                                                                std::uint64_t count) {
    Stream& its = streams_[stream];
    if (!its.pending.empty()) return std::exchange(its.pending, {});
    if (!reserve(stream, its.next + count)) return {};
    std::vector<std::shared_ptr<const Record>> records;
    for (std::uint64_t i = 0; i < count; ++i, ++its.next) {
        if (past_.streams[stream].given.contains(its.next))
            problem(stream, fmt::format("{} is given a second time", its.next));
        records.push_back(scenario_.record(stream, its.next, past_.runs));
    }
    return records;
}

void Script::commit_some() {
    std::vector<std::size_t> streams;
    for (std::size_t stream = 0; stream < streams_.size(); ++stream)
        if (random_.one_in(3)) streams.push_back(stream);
    commit(streams, random_.one_in(4) ? most_records : 4);
}

Committed Script::commit(Lane lane, std::uint64_t count) {
    std::vector<std::size_t> streams;
    for (std::size_t stream = 0; stream < streams_.size(); ++stream)
        if (scenario_.streams()[stream].lane == lane) streams.push_back(stream);
    return commit(streams, count);
}

/// All or nothing a lane: what a lane did not take stays, and is given again.
Committed Script::commit(const std::vector<std::size_t>& streams, std::uint64_t most) {
    std::vector<std::shared_ptr<const Record>> records;
    std::vector<Place> places;
    for (const std::size_t stream : streams) {
        if (records.size() >= most) break;
        const auto taken = take_records(stream, 1 + random_.below(most - records.size()));
        for (const auto& record : taken)
            places.push_back({stream, record->sequence});
        records.insert(records.end(), taken.begin(), taken.end());
    }
    if (records.empty()) return Committed::degraded;
    ledger_.give(places);
    const Store::CommitResult result = store_->commit(records, time());
    std::vector<Place> stored;
    for (std::size_t i = 0; i < records.size(); ++i) {
        const std::size_t stream = places[i].stream;
        if (result.stored_lanes[static_cast<std::size_t>(records[i]->message.lane)]) {
            stored.push_back(places[i]);
            waiting_[stream].insert(places[i].sequence);
        } else {
            streams_[stream].pending.push_back(records[i]);
        }
    }
    if (!stored.empty()) ledger_.stored(stored);
    take(result.news);
    if ((result.outcome == Committed::stored) != (stored.size() == records.size()))
        problems_.push_back("a commit's outcome and its lanes do not agree");
    ++seen_.commits;
    seen_.stored += stored.size();
    seen_.degraded += result.outcome == Committed::degraded;
    seen_.full += result.outcome == Committed::full;
    for (const std::size_t stream : streams)
        if (streams_[stream].pending.size() > most_pending) forget_pending(stream);
    return result.outcome;
}

/// As a queue does whose memory is full.
void Script::forget_pending(std::size_t stream) {
    const auto pending = std::exchange(streams_[stream].pending, {});
    const queue::Loss loss{.key = scenario_.streams()[stream],
                           .reason = queue::LossReason::memory,
                           .count = pending.size(),
                           .first = pending.front()->sequence,
                           .last = pending.back()->sequence,
                           .first_time = pending.front()->message.time.wall,
                           .last_time = pending.back()->message.time.wall};
    store_->add_losses({&loss, 1});
}

void Script::acknowledge(std::size_t stream, Sequence through, std::set<Sequence> singles) {
    ledger_.acknowledged(stream, through, singles);
    const std::vector<Sequence> above(singles.begin(), singles.end());
    store_->acknowledge(scenario_.streams()[stream], through, above);
    std::erase_if(waiting_[stream], [&](Sequence sequence) {
        return past_.streams[stream].acknowledged_in_this_run(sequence);
    });
    newest_acknowledgement_ = since_begin_;
}

/// The first few that wait, and some of the window above them. One stream is slow, so that its
/// records keep segments that hold little else.
void Script::acknowledge_some() {
    const std::size_t stream = random_.below(streams_.size());
    if (waiting_[stream].empty() || (stream == 4 && !random_.one_in(10))) return;
    const StreamPast& past = past_.streams[stream];
    Sequence through = past.through;
    const std::uint64_t count = random_.below(waiting_[stream].size() + 1);
    auto at = waiting_[stream].begin();
    for (std::uint64_t i = 0; i < count; ++i, ++at)
        through = std::max(through, *at);
    std::set<Sequence> singles;
    for (const Sequence single : past.singles)
        if (single > through) singles.insert(single);
    for (std::size_t i = 0; i < most_singles && at != waiting_[stream].end(); ++i, ++at)
        if (random_.one_in(4) && singles.size() < most_singles) singles.insert(*at);
    acknowledge(stream, through, std::move(singles));
}

void Script::acknowledge_everything() {
    for (std::size_t stream = 0; stream < streams_.size(); ++stream)
        if (!waiting_[stream].empty()) acknowledge(stream, *waiting_[stream].rbegin(), {});
}

void Script::read_some() {
    const std::size_t stream = random_.below(streams_.size());
    if (lost_some_[stream] || waiting_[stream].empty()) return compare();
    const Sequence last = *waiting_[stream].rbegin();
    const Sequence after = random_.below(last + 1);
    const auto chunk =
        store_->read(scenario_.streams()[stream], after, last, 1 + random_.below(20'000), time());
    take(chunk.news);
    if (lost_some_[stream]) return;
    auto expected = waiting_[stream].upper_bound(after);
    for (const auto& record : chunk.records) {
        if (expected == waiting_[stream].end() || *expected != record->sequence)
            return problem(stream, fmt::format("a read above {} gave {}, where {} comes next",
                                               after, record->sequence,
                                               expected == waiting_[stream].end() ? 0 : *expected));
        ++expected;
    }
    if (!chunk.next.has_value() && expected != waiting_[stream].end())
        problem(stream, fmt::format("a read above {} ends before {}", after, *expected));
}

void Script::bury_one() {
    const std::size_t stream = random_.below(streams_.size());
    if (lost_some_[stream] || waiting_[stream].empty()) return;
    const Sequence sequence = *waiting_[stream].begin();
    const Run run = past_.streams[stream].given.at(sequence);
    const bool degraded_before = figures().degraded;
    take(store_->bury(scenario_.record(stream, sequence, run), "refused by the rig", time()));
    if (!degraded_before && !figures().degraded) ledger_.buried({stream, sequence});
    std::set<Sequence> singles = past_.streams[stream].singles;
    std::erase_if(singles, [&](Sequence single) { return single <= sequence; });
    acknowledge(stream, std::max(sequence, past_.streams[stream].through), std::move(singles));
}

void Script::tell_gap() {
    const auto gaps = store_->gaps();
    if (gaps.empty()) return;
    const auto gap = store_->take_gap(gaps[random_.below(gaps.size())].number);
    if (!gap.has_value()) return problems_.push_back("a gap that gaps() shows cannot be taken");
    const auto stream = scenario_.number_of(gap->loss.key);
    if (!stream.has_value()) return problems_.push_back("a gap of a stream that was never given");
    ledger_.told(*stream, {gap->loss.count, gap->loss.first, gap->loss.last});
    store_->gap_told(gap->number);
}

void Script::maintain(Duration later) {
    since_begin_ += later;
    for (int i = 0; i < most_maintenance; ++i) {
        const auto done = store_->maintain(time());
        take(done.news);
        if (unread_ && !figures().degraded) {
            unread_ = false;
            look_at(store_->take_recovered());
        }
        if (done.again) continue;
        const Duration interval = scenario_.options(folder_, past_.runs).journal_interval;
        if (newest_acknowledgement_.has_value() && !figures().degraded &&
            since_begin_ - *newest_acknowledgement_ >= interval) {
            ledger_.journal_is_durable();
            newest_acknowledgement_.reset();
        }
        return;
    }
    problems_.push_back("maintenance does not end");
}

Committed Script::flush() {
    const Committed outcome = store_->flush(time());
    if (outcome != Committed::stored) return outcome;
    ledger_.journal_is_durable();
    newest_acknowledgement_.reset();
    return outcome;
}

void Script::compare() {
    if (unread_) return;
    for (std::size_t stream = 0; stream < streams_.size(); ++stream) {
        std::set<Sequence> found;
        for (const auto& record :
             read_all(*store_, scenario_.streams()[stream], time(), problems_)) {
            found.insert(record->sequence);
            const auto given = past_.streams[stream].given.find(record->sequence);
            if (given == past_.streams[stream].given.end() ||
                !same(*record, *scenario_.record(stream, record->sequence, given->second)))
                problem(stream, fmt::format("{} is not what was stored", record->sequence));
        }
        if (!lost_some_[stream] && found != waiting_[stream] && store_->gaps().empty())
            problem(stream, fmt::format("{} records are there, {} should be", found.size(),
                                        waiting_[stream].size()));
        waiting_[stream] = std::move(found);
        lost_some_[stream] = false;
    }
}

void Script::take(const queue::StoreNews& news) {
    for (const auto& finding : news.findings) {
        ++seen_.findings[kind_of(finding.kind)];
        seen_.sentences.push_back(finding.sentence);
    }
    for (const auto& loss : news.losses) {
        seen_.losses += loss.count;
        const auto stream = scenario_.number_of(loss.key);
        if (!stream.has_value())
            problems_.push_back("a loss of a stream that was never given");
        else if (!lost_some_.empty())
            lost_some_[*stream] = true;
    }
}

}  // namespace fieldway::crash
