#include "queue/stream_table.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <tuple>

namespace fieldway::queue {

namespace {

bool belongs(const Message& message, const StreamKey& key) {
    return message.device == key.device && message.lane == key.lane && message.drain == key.drain &&
           message.uplink == key.uplink;
}

}  // namespace

Sequence Stream::first() const {
    const auto on_disk = disk.next(0);
    const Sequence in_memory = entries.empty() ? last + 1 : entries.begin()->first;
    return on_disk ? std::min(on_disk->first, in_memory) : in_memory;
}

void Stream::page_out(Sequence sequence) {
    Sequence from = sequence;
    Sequence to = sequence;
    const auto above = entries.upper_bound(sequence);
    const auto below = entries.lower_bound(sequence);
    const Sequence held_below = below == entries.begin() ? 0 : std::prev(below)->first;
    if (const auto near = disk.below(sequence); near && *near > held_below) from = *near;
    const auto next = disk.next(sequence);
    if (next && (above == entries.end() || next->first < above->first)) to = next->first;
    disk.add(from, to);
}

Stream& StreamTable::of(const Message& message) {
    if (latest_ == nullptr || !belongs(message, latest_->key)) {
        latest_ = &of(stream_key_of(message));
    }
    return *latest_;
}

Stream& StreamTable::of(const StreamKey& key) {
    return streams_.try_emplace(key, key, before_).first->second;
}

Stream* StreamTable::find(const StreamKey& key) {
    if (latest_ != nullptr && latest_->key == key) return latest_;
    const auto found = streams_.find(key);
    return found == streams_.end() ? nullptr : &found->second;
}

const Stream* StreamTable::find(const StreamKey& key) const {
    const auto found = streams_.find(key);
    return found == streams_.end() ? nullptr : &found->second;
}

}  // namespace fieldway::queue
