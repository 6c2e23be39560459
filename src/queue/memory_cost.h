// What a message takes from the allocator while it is queued. Pure.
#pragma once

#include <cstdint>

#include "flow/message.h"

namespace fieldway::queue {

/// What malloc takes for a block: 8 bytes of its own, in steps of 16, at least 32 (glibc, 64 bit).
constexpr std::uint64_t heap_block(std::uint64_t size) {
    const std::uint64_t chunk = (size + 8 + 15) / 16 * 16;
    return chunk < 32 ? 32 : chunk;
}

constexpr std::uint64_t tree_links = 32;        ///< colour and three pointers of a std::map node
constexpr std::uint64_t typical_callback = 48;  ///< what a caller's `accepted` keeps on the heap

/// Bytes of a shared record: its block and the texts of its message.
std::uint64_t record_cost(const Message& message);

}  // namespace fieldway::queue
