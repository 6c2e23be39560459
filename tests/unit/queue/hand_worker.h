// A worker that works when the test says so.
#pragma once

#include <deque>
#include <functional>
#include <utility>

#include "queue/store_worker.h"

namespace fieldway::queue::test {

/// Works wait until they are run; their replies are posted.
class HandWorker final : public StoreWorker {
  public:
    HandWorker(Store& store, std::deque<std::function<void()>>& posted)
        : store_(store), posted_(posted) {}

    [[nodiscard]] bool submit(Work work) override {
        if (works_.size() >= most_waiting) return false;
        works_.push_back(std::move(work));
        return true;
    }
    bool run_one() {
        if (works_.empty()) return false;
        const Work work = std::move(works_.front());
        works_.pop_front();
        posted_.push_back(work(store_));
        if (after_each) after_each();
        return true;
    }
    [[nodiscard]] std::size_t waiting() const { return works_.size(); }

    std::function<void()> after_each;  ///< so that a test sees what stands between two works

  private:
    Store& store_;
    std::deque<std::function<void()>>& posted_;
    std::deque<Work> works_;
};

}  // namespace fieldway::queue::test
