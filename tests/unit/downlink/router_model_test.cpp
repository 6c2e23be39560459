// A router with a disk that writes when it likes and a process that dies when it likes: whatever
// comes and goes, no command is done twice, and each that was begun is answered.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "unit/downlink/router_fixture.h"

namespace fieldway::downlink {
namespace {

/// So few that the book forgets none.
constexpr std::size_t ids = CommandBook::most / 2;

class World {
  public:
    World() { boot(); }

    void send(std::size_t which, bool dup) {
        // No two have the same id and other values: the value tells which was written.
        const std::string id = std::to_string(which % ids);
        Downlink downlink = test::downlink(
            R"({"id":"c)" + id + R"(","setpoint":)" + std::to_string(5 + which % ids) + "}",
            "commands", now_);
        downlink.again = dup;
        run(router_->arrived(now_, downlink));
    }
    void disk_writes() {
        if (!dirty_) return;
        dirty_ = false;
        disk_ = router_->book().to_json();
        for (const CommandNumber number : std::exchange(waiting_, {}))
            run(router_->stored(now_, number));
    }
    void device_ends(std::size_t which, std::size_t how) {
        if (at_device_.empty()) return;
        auto at = at_device_.begin();
        std::advance(at, static_cast<std::ptrdiff_t>(which % at_device_.size()));
        const auto [number, points] = *at;
        at_device_.erase(at);
        const Value& raw = points.at(0).value;
        switch (how % 4) {
            case 0:
                // Nothing was sent: it may come again.
                --writes_[raw_of(raw)];
                run(router_->ended(now_, number,
                                   test::ended_as(CommandOutcome::Status::refused, "busy")));
                return;
            case 1:
                run(router_->ended(now_, number,
                                   test::ended_as(CommandOutcome::Status::failed, "no answer")));
                return;
            default:
                run(router_->ended(now_, number, test::confirmed(points)));
        }
    }
    /// What is in memory is gone, and what was at the device may have happened.
    void crash() {
        at_device_.clear();
        waiting_.clear();
        dirty_ = false;
        queue_.clear();
        boot();
    }
    void pass(std::size_t time) { now_.monotonic += std::chrono::seconds(time); }
    void queue_is_safe() {
        for (const std::string& identity : std::exchange(queue_, {}))
            run(router_->told(identity));
    }
    /// All that is open comes to its end.
    void settle() {
        for (int rounds = 0; rounds < 100; ++rounds) {
            disk_writes();
            device_ends(0, 2);
            queue_is_safe();
        }
        RC_ASSERT(at_device_.empty());
        for (const std::string& id : begun_)
            RC_ASSERT(answered_.contains(id));
        for (const RememberedCommand& one : router_->book().commands())
            RC_ASSERT(one.told);
    }

  private:
    static std::int64_t raw_of(const Value& value) { return std::get<std::int64_t>(value); }
    void boot() {
        CommandBook book;
        if (!disk_.empty()) book = CommandBook::from_json(disk_).value();
        router_.emplace(device_, mapper_, book);
        run(router_->start(now_));
    }
    void run(const Actions& actions) {
        for (const Action& action : actions)
            std::visit([this](const auto& one) { perform(one); }, action);
    }
    void perform(const action::Store& store) {
        dirty_ = true;
        if (store.number) waiting_.push_back(*store.number);
    }
    void perform(const action::Submit& submit) {
        const std::int64_t raw = raw_of(submit.points.at(0).value);
        RC_ASSERT(++writes_[raw] == 1);
        begun_.insert("c" + std::to_string(raw / 2 - 5));
        at_device_.emplace(submit.number, submit.points);
        RC_ASSERT(at_device_.size() <= DeviceRouter::most_open);
    }
    void perform(const action::Answer& answer) {
        const auto said = boost::json::parse(answer.payload).as_object();
        answered_.insert(std::string(said.at("id").as_string()));
        if (!answer.identity.empty()) queue_.push_back(answer.identity);
    }
    void perform(const action::Tell&) {}

    const config::DeviceOptions device_ = test::device();
    const mapping::Mapper mapper_ = mapping::Mapper::make(device_).value();
    Timestamp now_{MonotonicTime(std::chrono::hours(1)), WallTime(std::chrono::hours(500'000))};
    std::optional<DeviceRouter> router_;
    std::string disk_;
    bool dirty_ = false;
    std::vector<CommandNumber> waiting_;
    std::map<CommandNumber, std::vector<PointValue>> at_device_;
    std::vector<std::string> queue_;
    std::map<std::int64_t, int> writes_;
    std::set<std::string> begun_;
    std::set<std::string> answered_;
};

TEST(RouterModel, NoCommandIsDoneTwiceAndEachThatBeganIsAnswered) {
    EXPECT_TRUE(rc::check([](const std::vector<std::uint8_t>& events) {
        World world;
        for (const std::uint8_t event : events) {
            const std::size_t some = event / 8;
            switch (event % 8) {
                case 0:
                case 1:
                    world.send(some, some % 3 == 0);
                    break;
                case 2:
                case 3:
                    world.disk_writes();
                    break;
                case 4:
                case 5:
                    world.device_ends(some, some);
                    break;
                case 6:
                    if (some % 4 == 0) {
                        world.crash();
                    } else {
                        world.queue_is_safe();
                    }
                    break;
                default:
                    world.pass(some);
                    break;
            }
        }
        world.settle();
    }));
}

}  // namespace
}  // namespace fieldway::downlink
