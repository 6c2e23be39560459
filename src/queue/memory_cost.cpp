#include "queue/memory_cost.h"

#include <string>

namespace fieldway::queue {

namespace {

/// A string keeps short texts in itself.
std::uint64_t heap_of(const std::string& text) {
    constexpr std::size_t in_place = 15;
    return text.capacity() > in_place ? heap_block(text.capacity() + 1) : 0;
}

constexpr std::uint64_t shared_counts = 16;  // of a make_shared block, with its virtual table

}  // namespace

std::uint64_t record_cost(const Message& message) {
    return heap_block(sizeof(Record) + shared_counts) + heap_of(message.payload) +
           heap_of(message.uplink) + heap_of(message.device.text()) + heap_of(message.subtopic) +
           (message.lacks.empty() ? 0 : heap_block(message.lacks.size() * sizeof(TimePlace)));
}

}  // namespace fieldway::queue
