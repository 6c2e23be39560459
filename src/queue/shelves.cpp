#include "queue/shelves.h"

#include <iterator>

namespace fieldway::queue {

namespace {

std::size_t index_of(Lane lane) {
    return static_cast<std::size_t>(lane);
}

}  // namespace

Shelves::Shelf& Shelves::shelf_of(const Entry& entry) {
    if (entry.safety == Safety::memory) {
        return alone_[index_of(entry.stream.key.lane)][entry.handed_out ? 1 : 0];
    }
    if (entry.handed_out) return handed_out_;
    return entry.from_disk ? read_ : stored_;
}

void Shelves::put(Entry& entry) {
    bytes_ += entry.cost;
    if (entry.safety == Safety::committing) return;
    Shelf& shelf = shelf_of(entry);
    if (entry.safety == Safety::memory) {
        alone_bytes_[index_of(entry.stream.key.lane)] += entry.cost;
    } else if (&shelf == &read_) {
        read_bytes_ += entry.cost;
    }
    shelf.insert(shelf.end(), entry);
}

void Shelves::take(Entry& entry) {
    bytes_ -= entry.cost;
    if (entry.safety == Safety::committing) return;
    Shelf& shelf = shelf_of(entry);
    if (entry.safety == Safety::memory) {
        alone_bytes_[index_of(entry.stream.key.lane)] -= entry.cost;
    } else if (&shelf == &read_) {
        read_bytes_ -= entry.cost;
    }
    shelf.erase(shelf.iterator_to(entry));
}

Entry* Shelves::oldest(Lane lane, bool handed_out) {
    return front(alone_[index_of(lane)][handed_out ? 1 : 0]);
}

Entry* Shelves::oldest(Lane lane) {
    Entry* waiting = oldest(lane, false);
    Entry* handed_out = oldest(lane, true);
    if (waiting == nullptr || handed_out == nullptr) return waiting ? waiting : handed_out;
    return waiting->age < handed_out->age ? waiting : handed_out;
}

Entry* Shelves::next(Entry& entry) {
    Shelf& shelf = shelf_of(entry);
    const auto next = std::next(shelf.iterator_to(entry));
    return next == shelf.end() ? nullptr : &*next;
}

std::size_t Shelves::count(Lane lane, bool handed_out) const {
    return alone_[index_of(lane)][handed_out ? 1 : 0].size();
}

Entry* Shelves::oldest_stored() {
    return front(stored_);
}

Entry* Shelves::oldest_read() {
    return front(read_);
}

Entry* Shelves::oldest_handed_out() {
    return front(handed_out_);
}

std::uint64_t Shelves::alone_bytes(Lane lane) const {
    return alone_bytes_[index_of(lane)];
}

std::uint64_t Shelves::alone_bytes() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t bytes : alone_bytes_)
        sum += bytes;
    return sum;
}

}  // namespace fieldway::queue
