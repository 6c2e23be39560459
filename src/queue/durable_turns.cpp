// What goes to the store thread, and when.
#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

#include "queue/durable_queue.h"

namespace fieldway::queue {

namespace {

// After the store was used: until its journal is written and what it allows is unlinked.
constexpr int rounds_after_use = 8;

void earliest(std::optional<MonotonicTime>& known, MonotonicTime other) {
    if (!known || other < *known) known = other;
}

}  // namespace

bool DurableQueue::works() const {
    return !store_.degraded && !stuck_told_;
}

/// Later in this turn of the loop: what one event appends goes in one commit.
void DurableQueue::plan_soon() {
    if (planned_ || turn_since_) return;  // the answer of the turn plans again
    planned_ = true;
    around_.post([this, alive = std::weak_ptr(alive_)] {
        if (alive.expired()) return;
        planned_ = false;
        plan();
    });
}

void DurableQueue::wake_not_later_than(MonotonicTime when) {
    if (wake_ && *wake_ <= when) return;
    wake_ = when;
    around_.wake_at(when);
}

void DurableQueue::tick() {
    guard_.check();
    wake_.reset();
    const MonotonicTime now = around_.clock.monotonic();
    evict_old(now);
    look_for_stuck(now);
    for (Stream* stream : std::exchange(read_again_, {}))
        announce(*stream);
    start_reads();
    plan();
}

void DurableQueue::plan() {
    const MonotonicTime now = around_.clock.monotonic();
    if (flush_ && now >= flush_->deadline) finish_flush();
    if (turn_since_) {
        wake_not_later_than(stuck_told_ ? now + try_again : *turn_since_ + stuck_after);
    } else if (const auto due = turn_due()) {
        if (*due <= now) {
            send_turn();
        } else {
            wake_not_later_than(*due);
        }
    }
    if (flush_) wake_not_later_than(flush_->deadline);
}

std::optional<MonotonicTime> DurableQueue::turn_due() {
    if (flush_ && !flush_->sent) return MonotonicTime{};
    std::optional<MonotonicTime> due = commit_due();
    if (released_count_ >= most_acknowledgements || !burials_.empty() || !told_.empty()) {
        due = MonotonicTime{};
    }
    if (released_count_ > 0) earliest(due, released_since_ + acknowledge_within);
    if (!reserve_.empty()) earliest(due, reserve_not_before_);
    if (!losses_.empty()) earliest(due, maintain_at_);
    if (maintain_rounds_ > 0 || store_.degraded) {
        earliest(due, maintain_at_);
    } else if (store_.records > 0 || store_.dead > 0) {
        earliest(due, maintain_at_ + maintain_idle);
    }
    return due;
}

void DurableQueue::send_turn() {
    const Timestamp now = around_.clock.now();
    auto turn = std::make_shared<StoreTurn>();  // shared: with the store thread and its answer
    turn->time = now;
    turn->maintain = now.monotonic >= maintain_at_;
    gather_acknowledgements(*turn);
    gather_records(*turn);
    if (flush_) {
        flush_->sent = true;
        // With the last of them, or when there will be no last.
        turn->flush = rest_cannot_be_stored();
    }
    turn->burials = std::exchange(burials_, {});
    burials_bytes_ = 0;
    turn->told = std::exchange(told_, {});
    if (turn->maintain || turn->flush) {
        for (auto& [where, loss] : std::exchange(losses_, {}))
            turn->losses.push_back(std::move(loss));
    }
    reserve_together();
    for (Stream* stream : std::exchange(reserve_, {})) {
        const Sequence upto = std::max(stream->last, stream->reserved) + stream->block;
        turn->reservations.push_back({stream->key, upto});
    }
    if (turn->maintain) {
        maintain_at_ = now.monotonic + maintain_every;
        if (maintain_rounds_ > 0) --maintain_rounds_;
    }
    if (!turn->acknowledgements.empty() || !turn->records.empty() || !turn->burials.empty() ||
        !turn->losses.empty() || !turn->told.empty()) {
        maintain_rounds_ = rounds_after_use;
    }
    turn_since_ = now.monotonic;
    const bool taken =
        submit([turn](Store& store) { return run(*turn, store); },
               [this, turn](StoreTurnDone done) { turn_done(*turn, std::move(done)); });
    assert(taken && "one turn and most_asks never fill the worker");
    (void)taken;
    wake_not_later_than(now.monotonic + stuck_after);
}

void DurableQueue::gather_acknowledgements(StoreTurn& turn) {
    for (Stream* stream : std::exchange(released_, {})) {
        Acknowledgement one{stream->key, stream->first() - 1, {}};
        for (const Sequence sequence : std::exchange(stream->released, {})) {
            if (sequence > one.through) one.singles.push_back(sequence);
        }
        std::sort(one.singles.begin(), one.singles.end());
        turn.acknowledgements.push_back(std::move(one));
    }
    released_count_ = 0;
    acknowledging_ = std::exchange(acknowledged_, {});
}

void DurableQueue::turn_done(const StoreTurn& turn, StoreTurnDone done) {
    turn_since_.reset();
    const bool was_working = works();
    store_ = done.figures;
    acknowledging_ = {};
    if (std::exchange(stuck_told_, false)) {
        around_.log.info("queue.slow", "the disk answers again");
    }
    if (done.again) maintain_at_ = {};
    settle_lanes(turn, done.commit);
    settle_commit(turn, done);
    settle_reservations(turn, done.reserved);
    page_out(options_.max_memory / 4 * 3);
    take_news(std::move(done.news));
    if (done.recovered) take_recovered(std::move(*done.recovered), false);
    if (done.gaps) gaps_.set(*done.gaps);
    if (was_working != works()) let_go_held();
    if (shelves_.bytes() < options_.max_memory / 2) eviction_told_ = false;
    // What the broker acknowledged during this turn takes one more.
    const bool all_stored = alone_.records == 0 && released_count_ == 0 && burials_.empty();
    if (flush_ && std::exchange(flush_->sent, false) && turn.flush &&
        (all_stored || done.commit.outcome != Committed::stored || store_.degraded)) {
        finish_flush();
    }
    plan();
}

void DurableQueue::settle_reservations(const StoreTurn& turn, Committed outcome) {
    for (const Store::Reservation& one : turn.reservations) {
        Stream* stream = streams_.find(one.key);
        stream->reserving = false;
        if (outcome == Committed::stored) {
            stream->reserved = std::max(stream->reserved, one.upto);
            stream->block = std::min(stream->block * 2, Stream::last_block);
        }
    }
    if (turn.reservations.empty()) return;
    reserve_not_before_ =
        outcome == Committed::stored ? MonotonicTime{} : around_.clock.monotonic() + try_again;
    // Also those that were used up meanwhile.
    for (const Store::Reservation& one : turn.reservations)
        reserve_ahead(*streams_.find(one.key));
    let_go_held();
}

/// Asks for more when half of the last block is used: a quarter of the next one.
void DurableQueue::reserve_ahead(Stream& stream) {
    if (stream.reserving || stream.last + stream.block / 4 < stream.reserved) return;
    stream.reserving = true;
    reserve_.push_back(&stream);
    if (reserve_not_before_ == MonotonicTime{}) {
        plan_soon();
    } else {
        wake_not_later_than(reserve_not_before_);
    }
}

/// Each reservation costs a snapshot: who would ask soon comes along.
void DurableQueue::reserve_together() {
    if (reserve_.empty()) return;
    for (auto& [key, stream] : streams_.all()) {
        if (stream.reserving || stream.last + stream.block / 4 * 3 < stream.reserved) continue;
        stream.reserving = true;
        reserve_.push_back(&stream);
    }
}

void DurableQueue::expect(std::span<const StreamKey> keys) {
    for (const StreamKey& key : keys) {
        reserve_ahead(streams_.of(key));
    }
}

/// What waited for its sequence to be reserved may go now, or asks again.
void DurableQueue::let_go_held() {
    for (Stream* stream : std::exchange(held_, {})) {
        stream->held = false;
        announce(*stream);
    }
}

/// A disk that does not answer is no error yet, but what is promised is not kept meanwhile.
void DurableQueue::look_for_stuck(MonotonicTime now) {
    if (!turn_since_ || stuck_told_ || now - *turn_since_ < stuck_after) return;
    stuck_told_ = true;
    around_.log.warning(
        "queue.slow",
        fmt::format("the disk has not answered for {} s: {} messages are in memory alone",
                    std::chrono::duration_cast<std::chrono::seconds>(now - *turn_since_).count(),
                    alone_.records));
    let_go_held();
}

void DurableQueue::flush(MonotonicTime deadline, std::function<void()> done) {
    guard_.check();
    assert(!flush_ && "one flush at a time");
    flush_ = Flush{deadline, std::move(done), false};
    plan_soon();
    wake_not_later_than(deadline);
}

void DurableQueue::finish_flush() {
    auto done = std::move(flush_->done);
    flush_.reset();
    around_.post(std::move(done));
}

}  // namespace fieldway::queue
