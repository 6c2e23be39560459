#include "queue/store_turn.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace fieldway::queue {

namespace {

void bury(const Burial& burial, Store& store, const Timestamp& time, StoreNews& news) {
    std::shared_ptr<const Record> record = burial.record;
    if (!record) {
        auto chunk = store.read(burial.key, burial.sequence - 1, burial.sequence, 1, time);
        if (!chunk.records.empty()) record = std::move(chunk.records.front());
        join(news, std::move(chunk.news));
    }
    if (record) join(news, store.bury(std::move(record), burial.reason, time));
}

}  // namespace

void join(StoreNews& news, StoreNews more) {
    std::move(more.findings.begin(), more.findings.end(), std::back_inserter(news.findings));
    std::move(more.losses.begin(), more.losses.end(), std::back_inserter(news.losses));
    news.gaps_changed = news.gaps_changed || more.gaps_changed;
}

StoreTurnDone run(const StoreTurn& turn, Store& store) {
    StoreTurnDone done;
    for (const Burial& burial : turn.burials)
        bury(burial, store, turn.time, done.news);
    for (const Acknowledgement& one : turn.acknowledgements)
        store.acknowledge(one.key, one.through, one.singles);
    if (!turn.losses.empty()) {
        store.add_losses(turn.losses);
        done.news.gaps_changed = true;
    }
    for (const std::uint64_t gap : turn.told)
        store.gap_told(gap);
    if (!turn.reservations.empty()) done.reserved = store.reserve(turn.reservations);
    if (!turn.records.empty()) {
        done.commit = store.commit(turn.records, turn.time);
        join(done.news, std::exchange(done.commit.news, {}));
    }
    if (turn.maintain) {
        auto maintained = store.maintain(turn.time);
        join(done.news, std::move(maintained.news));
        done.again = maintained.again;
    }
    if (turn.flush) done.flushed = store.flush(turn.time);
    const bool back = std::any_of(
        done.news.findings.begin(), done.news.findings.end(),
        [](const Finding& finding) { return finding.kind == Finding::Kind::recovered; });
    if (back) {
        done.recovered = store.take_recovered();
        join(done.news, std::exchange(done.recovered->news, {}));
    }
    if (done.news.gaps_changed || back) done.gaps = store.gaps();
    done.figures = store.figures();
    return done;
}

}  // namespace fieldway::queue
