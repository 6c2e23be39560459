// A hand-over between threads with a named limit. Full is a case that the caller decides and that
// is counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <utility>

namespace fieldway {

/// Thread: any. `mutex_` guards everything below it; it is never held across anything but moves.
template <class T>
class BoundedQueue {
  public:
    explicit BoundedQueue(std::size_t limit) : limit_(limit) {}

    enum class Push : std::uint8_t {
        first,  ///< taken, and the queue was empty: wake the reader
        taken,  ///< taken; the reader has been woken before
        full,   ///< not taken, and counted
    };

    Push push(T item) {
        const std::lock_guard lock(mutex_);
        if (items_.size() >= limit_) {
            ++refused_;
            return Push::full;
        }
        items_.push_back(std::move(item));
        return items_.size() == 1 ? Push::first : Push::taken;
    }

    /// Everything that waits, in order; the queue is empty afterwards.
    std::deque<T> take_all() {
        const std::lock_guard lock(mutex_);
        return std::exchange(items_, {});
    }

    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return items_.size();
    }
    [[nodiscard]] std::uint64_t refused() const {
        const std::lock_guard lock(mutex_);
        return refused_;
    }
    [[nodiscard]] std::size_t limit() const { return limit_; }

  private:
    const std::size_t limit_;
    mutable std::mutex mutex_;
    std::deque<T> items_;
    std::uint64_t refused_ = 0;
};

}  // namespace fieldway
