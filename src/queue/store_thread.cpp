#include "queue/store_thread.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace fieldway::queue {

namespace {

// What the work under way gets of the destructor.
constexpr Duration farewell = std::chrono::seconds(1);

}  // namespace

/// `mutex` guards everything but `store`, which is the thread's own.
struct StoreThread::Shared {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<Work> works;
    Post post;
    bool stopping = false;
    bool ended = false;
    std::optional<Result<Opened>> opened;
    std::thread thread;
    std::unique_ptr<Store> store;

    void run(const Open& open) {
        if (open_store(open)) work();
        store.reset();
        const std::lock_guard lock(mutex);
        ended = true;
        changed.notify_all();
    }

    bool open_store(const Open& open) {
        auto made = open();
        std::optional<Result<Opened>> result;
        if (made) {
            store = std::move(*made);
            result = Opened{store->take_recovered(), store->figures()};
        } else {
            result = made.error();
        }
        const std::lock_guard lock(mutex);
        opened = std::move(result);
        changed.notify_all();
        return store != nullptr;
    }

    void work() {
        std::unique_lock lock(mutex);
        for (;;) {
            changed.wait(lock, [&] { return stopping || !works.empty(); });
            if (stopping) return;
            Work work = std::move(works.front());
            works.pop_front();
            lock.unlock();
            Reply reply = work(*store);
            work = nullptr;
            lock.lock();
            if (!stopping) post(std::move(reply));
        }
    }
};

StoreThread::StoreThread(Post post) : shared_(std::make_shared<Shared>()) {
    shared_->post = std::move(post);
}

StoreThread::~StoreThread() {
    stop(farewell);
}

Result<StoreThread::Opened> StoreThread::open(Open open, Duration within) {
    std::unique_lock lock(shared_->mutex);
    shared_->thread =
        std::thread([shared = shared_, open = std::move(open)] { shared->run(open); });
    if (!shared_->changed.wait_for(lock, within, [&] { return shared_->opened.has_value(); })) {
        return Error::retry(
            fmt::format("the disk has not answered for {} s",
                        std::chrono::duration_cast<std::chrono::seconds>(within).count()));
    }
    auto opened = std::move(*shared_->opened);
    shared_->opened.reset();
    return opened;
}

bool StoreThread::submit(Work work) {
    {
        const std::lock_guard lock(shared_->mutex);
        if (shared_->works.size() >= most_waiting) return false;
        shared_->works.push_back(std::move(work));
    }
    shared_->changed.notify_one();
    return true;
}

bool StoreThread::stop(Duration within) {
    std::unique_lock lock(shared_->mutex);
    if (!shared_->thread.joinable()) return true;
    shared_->stopping = true;
    shared_->works.clear();
    shared_->changed.notify_all();
    const bool ended = shared_->changed.wait_for(lock, within, [&] { return shared_->ended; });
    std::thread thread = std::move(shared_->thread);
    lock.unlock();
    if (ended) {
        thread.join();
    } else {
        thread.detach();
    }
    return ended;
}

}  // namespace fieldway::queue
