// The seam between the core and the store thread: work goes over, an answer comes back.
#pragma once

#include <cstddef>
#include <functional>

#include "queue/store.h"

namespace fieldway::queue {

/// Thread: core. Work is done in the order in which it was submitted, one at a time.
class StoreWorker {
  public:
    /// What one queue may have open at once: a commit, an acknowledgement run, a maintenance step,
    /// a dead letter batch, and reads (DurableQueue bounds each).
    static constexpr std::size_t most_waiting = 1024;

    using Reply = std::function<void()>;
    /// Runs on the store thread; what it returns runs on the core thread (not at all when the
    /// worker has been destroyed meanwhile).
    using Work = std::function<Reply(Store&)>;

    virtual ~StoreWorker() = default;
    /// False when `most_waiting` works wait already: nothing was taken.
    [[nodiscard]] virtual bool submit(Work work) = 0;
};

}  // namespace fieldway::queue
