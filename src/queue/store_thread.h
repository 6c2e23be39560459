// The one thread that does all disk work of a queue.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "queue/store_worker.h"

namespace fieldway::queue {

/// Thread: core. A disk that hangs holds the store's thread, not the caller: at the end a thread
/// that is still inside a work is left to the process's end, and what it answers is dropped.
class StoreThread final : public StoreWorker {
  public:
    /// Runs a function on the core thread; called from the store's thread, never after stop().
    using Post = std::function<void(std::function<void()>)>;
    using Open = std::function<Result<std::unique_ptr<Store>>()>;

    explicit StoreThread(Post post);
    ~StoreThread() override;
    StoreThread(const StoreThread&) = delete;
    StoreThread& operator=(const StoreThread&) = delete;

    struct Opened {
        Store::Recovered recovered;
        StoreFigures figures;
    };
    /// Starts the thread, calls `open` there and waits for it. Called once; work that was submitted
    /// before is done then. An error: that of `open`, or it did not come to an end in that time.
    Result<Opened> open(Open open, Duration within);

    [[nodiscard]] bool submit(Work work) override;

    /// Ends the thread and closes the store: works that wait are dropped, the one under way is
    /// waited for. False: it did not end in that time and is left alone.
    bool stop(Duration within);

  private:
    struct Shared;
    std::shared_ptr<Shared> shared_;  // shared: a thread that hangs outlives this object
};

}  // namespace fieldway::queue
