// How much of what brokers send may wait for the core. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

namespace fieldway::uplink {

class PahoClient;

/// What may wait for the core of messages that arrived. Who sends is not slowed down: what is more
/// is dropped, and how much is told.
class ArrivalLimit {
  public:
    static constexpr std::size_t most_of_a_client = 64;
    static constexpr std::size_t most_bytes = 8 * 1024 * 1024;  // of all

    bool allows(PahoClient* client, std::size_t bytes) {
        std::size_t& waiting = waiting_[client];
        if (waiting >= most_of_a_client || bytes_ + bytes > most_bytes) {
            ++drops_[client];
            return false;
        }
        ++waiting;
        bytes_ += bytes;
        return true;
    }
    [[nodiscard]] const std::map<PahoClient*, std::uint64_t>& drops() const { return drops_; }

  private:
    std::map<PahoClient*, std::size_t> waiting_;
    std::map<PahoClient*, std::uint64_t> drops_;
    std::size_t bytes_ = 0;
};

}  // namespace fieldway::uplink
