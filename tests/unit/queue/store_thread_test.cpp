#include "queue/store_thread.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/scripted_store.h"

namespace fieldway::queue {
namespace {

using namespace std::chrono_literals;
using fieldway::test::ScriptedDisk;
using fieldway::test::ScriptedStore;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// What the store thread posts, run by the test's own thread.
class Core {
  public:
    StoreThread::Post post() {
        return [this](std::function<void()> f) {
            const std::lock_guard lock(mutex_);
            posted_.push_back(std::move(f));
            changed_.notify_all();
        };
    }
    /// Runs what is posted, in order, until the condition holds.
    template <class Condition>
    bool run_until(Condition condition) {
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        while (!condition()) {
            std::unique_lock lock(mutex_);
            if (!changed_.wait_until(lock, deadline, [&] { return !posted_.empty(); }))
                return false;
            const auto f = std::move(posted_.front());
            posted_.erase(posted_.begin());
            lock.unlock();
            f();
        }
        return true;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::function<void()>> posted_;
};

/// Holds a thread until the test lets it go.
struct Gate {
    void wait() {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return open; });
    }
    void let_go() {
        const std::lock_guard lock(mutex);
        open = true;
        changed.notify_all();
    }
    std::mutex mutex;
    std::condition_variable changed;
    bool open = false;
};

StoreThread::Open scripted(ScriptedDisk& disk) {
    return [&disk]() -> Result<std::unique_ptr<Store>> {
        return std::unique_ptr<Store>(std::make_unique<ScriptedStore>(disk));
    };
}

TEST(StoreThread, WorksInOrderAndAnswersOnTheCore) {
    Core core;
    ScriptedDisk disk;
    StoreThread thread(core.post());
    std::vector<int> answers;
    const auto here = std::this_thread::get_id();
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(thread.submit([&, i](Store&) -> StoreWorker::Reply {
            EXPECT_NE(std::this_thread::get_id(), here);
            return [&, i] { answers.push_back(i); };
        }));
    }
    ASSERT_TRUE(thread.open(scripted(disk), 20s));
    EXPECT_TRUE(core.run_until([&] { return answers.size() == 3; }));
    EXPECT_THAT(answers, ElementsAre(0, 1, 2));
    EXPECT_TRUE(thread.stop(20s));
}

TEST(StoreThread, TheErrorOfOpeningIsTold) {
    Core core;
    StoreThread thread(core.post());
    const auto opened = thread.open(
        []() -> Result<std::unique_ptr<Store>> { return Error::stop_program("held"); }, 20s);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().sentence(), "held");
    EXPECT_TRUE(thread.stop(20s));
}

TEST(StoreThread, ADiskThatDoesNotAnswerAtTheStartIsNamed) {
    Core core;
    ScriptedDisk disk;
    auto gate = std::make_shared<Gate>();
    StoreThread thread(core.post());
    const auto opened = thread.open(
        [gate, &disk] {
            gate->wait();
            return scripted(disk)();
        },
        Duration::zero());
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().sentence(), HasSubstr("has not answered"));
    gate->let_go();
    EXPECT_TRUE(thread.stop(20s));
}

TEST(StoreThread, TakesNoMoreThanItsLimit) {
    Core core;
    StoreThread thread(core.post());
    const auto nothing = [](Store&) -> StoreWorker::Reply { return [] {}; };
    for (std::size_t i = 0; i < StoreWorker::most_waiting; ++i)
        ASSERT_TRUE(thread.submit(nothing));
    EXPECT_FALSE(thread.submit(nothing));
}

TEST(StoreThread, AHangIsLeftBehindAndAnswersNobody) {
    Core core;
    auto disk = std::make_shared<ScriptedDisk>();  // outlives the thread that hangs
    auto gate = std::make_shared<Gate>();
    auto ended = std::make_shared<Gate>();
    bool answered = false;
    {
        StoreThread thread(core.post());
        ASSERT_TRUE(thread.open(
            [disk]() -> Result<std::unique_ptr<Store>> {
                return std::unique_ptr<Store>(std::make_unique<ScriptedStore>(*disk));
            },
            20s));
        auto begun = std::make_shared<Gate>();
        ASSERT_TRUE(thread.submit([gate, begun, ended, &answered](Store&) -> StoreWorker::Reply {
            begun->let_go();
            gate->wait();
            ended->let_go();
            return [&answered] { answered = true; };
        }));
        begun->wait();
        EXPECT_FALSE(thread.stop(Duration::zero()));
    }
    gate->let_go();
    ended->wait();
    EXPECT_FALSE(answered);
}

}  // namespace
}  // namespace fieldway::queue
