#include "input/control_thread.h"

#include <pthread.h>

#include <cassert>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace fieldway::input {

/// `mutex` guards `job` and `ended`.
struct ControlThread::Slot {
    std::mutex mutex;
    std::condition_variable changed;
    std::function<void()> job;
    bool ended = false;

    void work() {
        for (;;) {
            std::function<void()> next;
            {
                std::unique_lock lock(mutex);
                changed.wait(lock, [&] { return job || ended; });
                if (ended) return;
                next = std::exchange(job, nullptr);
            }
            next();
        }
    }
    void end() {
        const std::lock_guard lock(mutex);
        ended = true;
        changed.notify_one();
    }
};

ControlThread::ControlThread(const std::string& plugin)
    : slot_(std::make_shared<Slot>()), thread_([slot = slot_] { slot->work(); }) {
    ::pthread_setname_np(thread_.native_handle(), ("fw-" + plugin).substr(0, 15).c_str());
}

ControlThread::~ControlThread() {
    if (!thread_.joinable()) return;
    slot_->end();
    thread_.join();
}

void ControlThread::run(std::function<void()> job) {
    const std::lock_guard lock(slot_->mutex);
    assert(!slot_->job);
    slot_->job = std::move(job);
    slot_->changed.notify_one();
}

void ControlThread::abandon() {
    slot_->end();
    thread_.detach();
}

}  // namespace fieldway::input
