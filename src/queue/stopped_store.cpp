#include "queue/stopped_store.h"

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <utility>

namespace fieldway::queue {

namespace {

// What one page may read from the store in payloads.
constexpr std::uint64_t most_page_bytes = 1024 * 1024;

/// Limits that nothing reaches: evicting is the gateway's business, by its own configuration.
config::QueueOptions no_limits() {
    constexpr std::uint64_t bytes = std::uint64_t{1} << 60;
    constexpr Duration age = std::chrono::hours(24 * 36'500);
    config::QueueOptions limits;
    limits.max_bytes = bytes;
    limits.dead_letters = bytes;
    for (config::LaneOptions& lane : limits.lanes) {
        lane.max_bytes = bytes;
        lane.max_age = age;
    }
    return limits;
}

}  // namespace

StoppedStore::StoppedStore(std::unique_ptr<Store> store, const Clock& clock)
    : store_(std::move(store)), clock_(clock) {
    take(store_->take_recovered().news);
}

Result<std::unique_ptr<StoppedStore>> StoppedStore::open(FileSystem& files,
                                                         const std::filesystem::path& state_dir,
                                                         const std::string& boot_id,
                                                         const Clock& clock) {
    const std::filesystem::path folder = state_dir / "queue";
    const auto listed = files.list(folder);
    if (!listed || listed->empty()) {
        return Error::drop_item("there is no queue in " + state_dir.string() +
                                "; name the gateway's state_dir, where its folder queue stands" +
                                (listed ? "" : " (" + listed.error().sentence + ")"));
    }
    StoreOptions options;
    options.folder = folder;
    options.limits = no_limits();
    options.boot_id = boot_id;
    auto store = Store::open(files, std::move(options), clock.now());
    if (!store) {
        return Error::drop_item("a gateway holds the store in " + folder.string() +
                                "; leave --state out to ask it (" + store.error().sentence() + ")");
    }
    return std::unique_ptr<StoppedStore>(new StoppedStore(std::move(*store), clock));
}

std::vector<std::string> StoppedStore::take_findings() {
    return std::exchange(findings_, {});
}

void StoppedStore::take(StoreNews news) {
    for (Finding& finding : news.findings)
        findings_.push_back(std::move(finding.sentence));
}

Error StoppedStore::cannot_write() const {
    const std::string reason = store_->figures().reason;
    return Error::drop_item("the store cannot be written" + (reason.empty() ? "" : ": " + reason));
}

Result<> StoppedStore::flush() {
    if (store_->flush(time()) != Committed::stored) return cannot_write();
    return {};
}

void StoppedStore::figures(Done<QueueFigures> done) {
    QueueFigures figures;
    figures.store = store_->figures();
    figures.total.records = figures.store.records;
    figures.total.bytes = figures.store.bytes;
    figures.gaps = store_->gaps().size();
    done(std::move(figures));
}

void StoppedStore::streams(Done<std::vector<StreamView>> done) {
    std::vector<StreamView> views;
    for (const StoredStream& stream : store_->streams()) {
        views.push_back({.key = stream.key,
                         .records = stream.records,
                         .bytes = stream.bytes,
                         .first = stream.first,
                         .last = stream.last,
                         .oldest = std::nullopt});
    }
    done(std::move(views));
}

void StoppedStore::records(const StreamKey& key, Sequence after, std::size_t most,
                           Done<Page> done) {
    Page page;
    std::uint64_t bytes = 0;
    constexpr Sequence end = std::numeric_limits<Sequence>::max();
    for (;;) {
        Store::Chunk chunk = store_->read(key, after, end, most_page_bytes - bytes, time());
        take(std::move(chunk.news));
        for (auto& record : chunk.records) {
            after = record->sequence;
            bytes += record->message.payload.size();
            page.records.push_back(std::move(record));
            if (page.records.size() == most) break;
        }
        const bool full = page.records.size() == most || bytes >= most_page_bytes;
        if (!full && !chunk.next) break;
        if (full) {
            page.next = after;
            break;
        }
        if (chunk.records.empty() && *chunk.next - 1 <= after) {
            return done(Error::retry("a file of the store cannot be read now: " +
                                     store_->figures().reason));
        }
        after = std::max(after, *chunk.next - 1);
    }
    done(std::move(page));
}

void StoppedStore::dead_letters(std::uint64_t after, std::size_t most,
                                Done<std::vector<DeadLetter>> done) {
    done(store_->dead_letters(after, most));
}

std::optional<Sequence> StoppedStore::next_of(const StreamKey& key) const {
    for (const StoredStream& stream : store_->streams()) {
        if (stream.key == key) return stream.next;
    }
    return std::nullopt;
}

bool StoppedStore::reserve(const StreamKey& key, Sequence upto) {
    const Store::Reservation reservation{key, upto};
    return store_->reserve(std::span(&reservation, 1)) == Committed::stored;
}

Result<Sequence> StoppedStore::append(const Record& dead) {
    const StreamKey key = stream_key_of(dead.message);
    auto next = next_of(key);
    if (!next) {  // the store does not know the stream yet, only where new ones begin
        if (!reserve(key, 1)) return cannot_write();
        next = next_of(key);
    }
    if (!next || !reserve(key, *next)) return cannot_write();
    const std::array records{std::make_shared<const Record>(Record{*next, dead.message})};
    Store::CommitResult committed = store_->commit(records, time());
    take(std::move(committed.news));
    if (committed.outcome != Committed::stored) return cannot_write();
    return *next;
}

void StoppedStore::retry_dead(std::uint64_t number, Done<Sequence> done) {
    const auto found =
        number == 0 ? std::vector<DeadLetter>() : store_->dead_letters(number - 1, 1);
    if (found.empty() || found.front().number != number) {
        return done(Error::drop_item("there is none of that number"));
    }
    auto sequence = append(*found.front().record);
    if (sequence) store_->drop_dead(number);
    done(std::move(sequence));
}

void StoppedStore::drop_dead(std::uint64_t number, Done<std::monostate> done) {
    if (!store_->drop_dead(number)) return done(Error::drop_item("there is none of that number"));
    done(std::monostate());
}

}  // namespace fieldway::queue
