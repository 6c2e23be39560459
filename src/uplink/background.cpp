#include "uplink/background.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>

namespace fieldway::uplink {

/// `mutex` guards everything. `core` is null after the end.
struct Background::Shared {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<Job> jobs;
    boost::asio::io_context* core = nullptr;
    std::size_t busy = 0;
    std::vector<std::thread> threads;

    void run() {
        std::unique_lock lock(mutex);
        for (;;) {
            changed.wait(lock, [&] { return core == nullptr || !jobs.empty(); });
            if (core == nullptr) return;
            Job job = std::move(jobs.front());
            jobs.pop_front();
            ++busy;
            lock.unlock();
            Reply reply = job();
            job = nullptr;
            lock.lock();
            --busy;
            if (core != nullptr) boost::asio::post(*core, std::move(reply));
        }
    }
};

Background::Background(boost::asio::io_context& core, std::size_t threads)
    : shared_(std::make_shared<Shared>()) {
    shared_->core = &core;
    for (std::size_t i = 0; i < threads; ++i) {
        shared_->threads.emplace_back([shared = shared_] { shared->run(); });
    }
}

Background::~Background() {
    std::vector<std::thread> all;
    bool hangs = false;
    {
        const std::lock_guard lock(shared_->mutex);
        shared_->core = nullptr;
        shared_->jobs.clear();
        hangs = shared_->busy > 0;
        all = std::move(shared_->threads);
    }
    shared_->changed.notify_all();
    for (std::thread& thread : all) {
        if (hangs) {
            thread.detach();
        } else {
            thread.join();
        }
    }
}

bool Background::submit(Job job) {
    {
        const std::lock_guard lock(shared_->mutex);
        if (shared_->jobs.size() >= most_waiting) return false;
        shared_->jobs.push_back(std::move(job));
    }
    shared_->changed.notify_one();
    return true;
}

}  // namespace fieldway::uplink
