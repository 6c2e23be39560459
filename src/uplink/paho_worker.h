// The thread that calls Paho.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "base/clock.h"

namespace fieldway::uplink {

/// Each call into Paho may wait for Paho's global lock, which Paho holds while it connects and
/// verifies: the core thread must not make it. Bounded by what submits: publishes within the
/// windows, and a connect and a close a session. Thread: any.
class PahoWorker {
  public:
    using Job = std::function<void()>;

    PahoWorker() : thread_([this] { run(); }) {}
    ~PahoWorker() { stop(); }
    PahoWorker(const PahoWorker&) = delete;
    PahoWorker& operator=(const PahoWorker&) = delete;

    /// Jobs run one after the other, in order.
    void submit(Job job);
    /// False when the job is not done by the deadline; it goes on all the same.
    bool submit_and_wait(MonotonicTime deadline, Job job);
    /// Runs what waits, then ends.
    void stop();
    /// The thread is inside a call that does not come back: it is left to the process's end.
    void abandon();

  private:
    void run();

    std::mutex mutex_;  // guards jobs_ and ending_
    std::condition_variable changed_;
    std::deque<Job> jobs_;
    bool ending_ = false;
    std::thread thread_;  // last: it uses the others
};

}  // namespace fieldway::uplink
