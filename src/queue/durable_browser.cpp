// What `fieldway queue` asks of a running gateway.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "queue/durable_queue.h"

namespace fieldway::queue {

namespace {

constexpr std::uint64_t listed_bytes = 256 * 1024;  // of one read for a page

Error store_is_busy() {
    return Error::retry("the disk has not answered what it was asked before; ask again later");
}

Error no_such_letter(std::uint64_t number) {
    return Error::drop_item(fmt::format("there is no dead letter {}", number));
}

}  // namespace

/// A page of records: those of RAM are at hand, those between come from disk, a read at a time.
struct DurableQueue::Listing {
    StreamKey key;
    std::size_t most = 0;
    Sequence after = 0;  ///< all up to here is in the page
    Page page;
    Done<Page> done;
};

QueueFigures DurableQueue::all_figures() const {
    QueueFigures figures;
    figures.store = store_;
    for (const Lane lane : all_lanes) {
        if (store_.degraded || !commit_of(lane).full) continue;
        figures.store.degraded = true;
        figures.store.reason = full_sentence(lane);
        break;
    }
    const std::uint64_t told = acknowledged_.records + acknowledging_.records;
    const std::uint64_t told_bytes = acknowledged_.bytes + acknowledging_.bytes;
    Amount on_disk{store_.records, store_.bytes};
    on_disk.take(told, told_bytes);
    figures.total = counters_;
    figures.total.records = alone_.records + on_disk.records;
    figures.total.bytes = alone_.bytes + on_disk.bytes;
    figures.memory_bytes = shelves_.bytes();
    figures.max_memory = options_.max_memory;
    figures.memory_alone = alone_.records;
    figures.max_bytes = options_.max_bytes;
    figures.duplicates_possible = told;
    figures.gaps = gaps_.size();
    return figures;
}

void DurableQueue::figures(Done<QueueFigures> done) {
    around_.post([done = std::move(done), figures = all_figures()] { done(figures); });
}

void DurableQueue::streams(Done<std::vector<StreamView>> done) {
    std::vector<StreamView> views;
    for (auto& [key, stream] : streams_.all()) {
        if (stream.empty()) continue;
        StreamView view{key,
                        stream.alone.records + stream.stored.records,
                        stream.alone.bytes + stream.stored.bytes,
                        stream.first(),
                        0,
                        std::nullopt};
        view.last = stream.disk.last();
        if (!stream.entries.empty()) {
            view.last = std::max(view.last, stream.entries.rbegin()->first);
            const auto& head = *stream.entries.begin();
            const Timestamp& time = head.second.record->message.time;
            if (head.first == view.first && time.settled) view.oldest = time.wall;
        }
        views.push_back(std::move(view));
    }
    around_.post([done = std::move(done), views = std::move(views)] { done(views); });
}

void DurableQueue::records(const StreamKey& key, Sequence after, std::size_t most,
                           Done<Page> done) {
    // Shared: with reads that come back.
    auto listing = std::make_shared<Listing>(
        Listing{key, std::clamp<std::size_t>(most, 1, most_listed), after, {}, std::move(done)});
    around_.post([this, listing, alive = std::weak_ptr(alive_)] {
        if (!alive.expired()) gather_page(listing);
    });
}

void DurableQueue::gather_page(const std::shared_ptr<Listing>& listing) {
    Stream* stream = streams_.find(listing->key);
    if (stream == nullptr) return listing->done(std::move(listing->page));
    auto& page = listing->page;
    const auto on_disk = stream->disk.next(listing->after);
    for (auto at = stream->entries.upper_bound(listing->after); at != stream->entries.end(); ++at) {
        if (on_disk && on_disk->first < at->first) break;
        if (page.records.size() == listing->most) {
            page.next = listing->after;
            return listing->done(std::move(page));
        }
        page.records.push_back(at->second.record);
        listing->after = at->first;
    }
    if (!on_disk) return listing->done(std::move(page));
    if (page.records.size() == listing->most) {
        page.next = listing->after;
        return listing->done(std::move(page));
    }
    const Timestamp time = around_.clock.now();
    const bool taken = ask_store(
        [key = listing->key, asked = *on_disk, time](Store& store) {
            return store.read(key, asked.first - 1, asked.last, listed_bytes, time);
        },
        [this, listing, asked = *on_disk](Store::Chunk chunk) {
            take_listed(listing, asked, std::move(chunk));
        });
    if (!taken) listing->done(store_is_busy());
}

void DurableQueue::take_listed(const std::shared_ptr<Listing>& listing, SequenceSet::Span asked,
                               Store::Chunk chunk) {
    const Stream* stream = streams_.find(listing->key);
    for (auto& record : chunk.records) {
        if (listing->page.records.size() == listing->most) {
            listing->page.next = listing->after;
            break;
        }
        listing->after = record->sequence;
        // Read into RAM or gone meanwhile: RAM knows better.
        const auto in_memory = stream->entries.find(record->sequence);
        if (!stream->disk.contains(record->sequence) && in_memory == stream->entries.end()) {
            continue;
        }
        listing->page.records.push_back(std::move(record));
    }
    take_news(std::move(chunk.news));
    if (listing->page.next) return listing->done(std::move(listing->page));
    listing->after = std::max(listing->after, (chunk.next ? *chunk.next : asked.last + 1) - 1);
    if (listing->after < asked.first) return listing->done(store_is_busy());
    gather_page(listing);
}

void DurableQueue::dead_letters(std::uint64_t after, std::size_t most,
                                Done<std::vector<DeadLetter>> done) {
    const bool taken =
        ask_store([after, most = std::min(most, most_listed)](
                      Store& store) { return store.dead_letters(after, most); },
                  [done](std::vector<DeadLetter> letters) { done(std::move(letters)); });
    if (!taken) around_.post([done] { done(store_is_busy()); });
}

void DurableQueue::retry_dead(std::uint64_t number, Done<Sequence> done) {
    const bool again = !retrying_.insert(number).second;
    if (again) {
        return around_.post([done, number] {
            done(Error::drop_item(
                fmt::format("dead letter {} is in the queue again already", number)));
        });
    }
    const bool taken =
        ask_store([number](Store& store) { return store.dead_letters(number - 1, 1); },
                  [this, number, done](const std::vector<DeadLetter>& letters) {
                      if (!letters.empty() && letters.front().number == number) {
                          return retry_letter(letters.front(), done);
                      }
                      retrying_.erase(number);
                      done(no_such_letter(number));
                  });
    if (taken) return;
    retrying_.erase(number);
    around_.post([done] { done(store_is_busy()); });
}

/// The letter goes when the message is safe in its new place.
void DurableQueue::retry_letter(const DeadLetter& letter, const Done<Sequence>& done) {
    const std::uint64_t number = letter.number;
    auto appended = append(
        letter.record->message, [this, number, alive = std::weak_ptr(alive_)](Acceptance outcome) {
            if (alive.expired()) return;
            retrying_.erase(number);
            std::erase_if(retried_, [&](const auto& one) { return one.second == number; });
            if (outcome == Acceptance::durable) drop_dead(number, [](const auto&) {});
        });
    if (appended) {
        retried_.emplace(std::pair(stream_key_of(letter.record->message), *appended), number);
    } else {
        retrying_.erase(number);
    }
    done(std::move(appended));
}

void DurableQueue::drop_dead(std::uint64_t number, Done<std::monostate> done) {
    const bool taken = ask_store([number](Store& store) { return store.drop_dead(number); },
                                 [done, number](bool dropped) {
                                     if (dropped) return done(std::monostate{});
                                     done(no_such_letter(number));
                                 });
    if (!taken) around_.post([done] { done(store_is_busy()); });
}

}  // namespace fieldway::queue
