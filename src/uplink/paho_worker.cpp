#include "uplink/paho_worker.h"

#include <memory>
#include <utility>

namespace fieldway::uplink {

void PahoWorker::submit(Job job) {
    bool first = false;
    {
        const std::lock_guard lock(mutex_);
        first = jobs_.empty();
        jobs_.push_back(std::move(job));
    }
    if (first) changed_.notify_one();
}

bool PahoWorker::submit_and_wait(MonotonicTime deadline, Job job) {
    struct End {
        std::mutex mutex;  // guards done
        std::condition_variable changed;
        bool done = false;
    };
    const auto end = std::make_shared<End>();  // shared: the job may end after we gave up
    submit([job = std::move(job), end] {
        job();
        const std::lock_guard lock(end->mutex);
        end->done = true;
        end->changed.notify_all();
    });
    std::unique_lock lock(end->mutex);
    return end->changed.wait_until(lock, deadline, [&] { return end->done; });
}

void PahoWorker::stop() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void PahoWorker::abandon() {
    if (thread_.joinable()) thread_.detach();
}

void PahoWorker::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [&] { return ending_ || !jobs_.empty(); });
        if (jobs_.empty()) return;
        auto jobs = std::exchange(jobs_, {});
        lock.unlock();
        for (Job& job : jobs)
            job();
        jobs.clear();
        lock.lock();
    }
}

}  // namespace fieldway::uplink
