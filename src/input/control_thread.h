// The thread that makes the calls into one plugin, one at a time.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace fieldway::input {

/// Thread: core. It gives the thread one job after another and can let go of it when a job never
/// returns.
class ControlThread {
  public:
    explicit ControlThread(const std::string& plugin);
    /// Joins, unless abandoned: there must be no job that hangs.
    ~ControlThread();
    ControlThread(const ControlThread&) = delete;
    ControlThread& operator=(const ControlThread&) = delete;

    /// The job before it must have ended. What the job captures must be safe to use after
    /// abandon().
    void run(std::function<void()> job);
    /// The thread is left alone with its job, and ends if that ever returns.
    void abandon();

  private:
    struct Slot;
    std::shared_ptr<Slot> slot_;  // shared with the thread, which outlives us when abandoned
    std::thread thread_;
};

}  // namespace fieldway::input
