#include "uplink/resolver.h"

#include <atomic>
#include <future>

#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace fieldway::uplink {
namespace {

class ResolverTest : public testing::Test {
  protected:
    /// What the name server says from now on.
    void name_server_says(Result<Addresses> answer) { answer_ = std::move(answer); }
    /// Asks, and runs the core until the answer is there.
    Result<Addresses> resolve(const std::string& host) {
        std::optional<Result<Addresses>> got;
        resolver_.resolve(host, [&](const Result<Addresses>& result) { got = result; });
        run_until([&] { return got.has_value(); });
        return *got;
    }
    template <class Condition>
    void run_until(Condition happened) {
        while (!happened()) {
            core_.restart();
            core_.run_one_for(std::chrono::milliseconds(10));
        }
    }

    boost::asio::io_context core_;
    test::ManualClock clock_;
    Result<Addresses> answer_ = Error::retry("no answer");
    std::atomic<int> asked_{0};
    Background background_{core_, 4};
    Resolver resolver_{background_, clock_, [this](const std::string&) {
                           ++asked_;
                           return answer_;
                       }};
};

TEST_F(ResolverTest, NumericAddressesAreAnsweredAtOnce) {
    std::vector<std::string> got;
    for (const char* address : {"192.0.2.1", "::1"}) {
        resolver_.resolve(address,
                          [&](const Result<Addresses>& result) { got.push_back(result->front()); });
    }
    EXPECT_EQ(got, (std::vector<std::string>{"192.0.2.1", "::1"}));
    EXPECT_EQ(asked_, 0);
}

TEST_F(ResolverTest, AFreshAnswerIsNotAskedForAgain) {
    name_server_says(Addresses{"192.0.2.1", "192.0.2.2"});
    EXPECT_EQ(resolve("broker").value().size(), 2U);
    clock_.advance(Resolver::fresh - std::chrono::seconds(1));
    EXPECT_EQ(resolve("broker").value().size(), 2U);
    EXPECT_EQ(asked_, 1);
}

TEST_F(ResolverTest, AnOldAnswerIsUsedWhileANewOneIsFetched) {
    name_server_says(Addresses{"192.0.2.1"});
    (void)resolve("broker");
    clock_.advance(Resolver::fresh);
    name_server_says(Addresses{"192.0.2.9"});
    EXPECT_EQ(resolve("broker").value(), Addresses{"192.0.2.1"});
    run_until([&] { return resolve("broker").value() == Addresses{"192.0.2.9"}; });
}

TEST_F(ResolverTest, AFailingNameServerDoesNotStopAReconnect) {
    name_server_says(Addresses{"192.0.2.1"});
    (void)resolve("broker");
    name_server_says(Error::retry("no answer"));
    clock_.advance(std::chrono::hours(1));
    EXPECT_EQ(resolve("broker").value(), Addresses{"192.0.2.1"});
    run_until([&] { return asked_ == 2; });
    clock_.advance(Resolver::usable);
    EXPECT_EQ(resolve("broker").error().sentence(), "no answer");
}

TEST_F(ResolverTest, ANameIsLookedUpOnceHoweverManyAsk) {
    name_server_says(Addresses{"192.0.2.1"});
    int answers = 0;
    for (int i = 0; i < 100; ++i) {
        resolver_.resolve("broker", [&](const Result<Addresses>&) { ++answers; });
    }
    run_until([&] { return answers == 100; });
    EXPECT_EQ(asked_, 1);
}

TEST(Resolver, AHangingLookUpHoldsUpNeitherOthersNorTheEnd) {
    boost::asio::io_context core;
    const test::ManualClock clock;
    std::promise<void> never;
    const std::shared_future<void> hang = never.get_future().share();
    bool answered = false;
    {
        Background background(core, 4);
        Resolver resolver(background, clock, [hang](const std::string& host) -> Result<Addresses> {
            if (host == "hangs") hang.wait();
            return Addresses{"192.0.2.1"};
        });
        resolver.resolve("hangs", [](const Result<Addresses>&) { FAIL(); });
        resolver.resolve("good", [&](const Result<Addresses>&) { answered = true; });
        while (!answered) {
            core.restart();
            core.run_one_for(std::chrono::milliseconds(10));
        }
    }
    EXPECT_TRUE(answered);
    never.set_value();
}

TEST(Resolver, AskersOfANameThatIsNeverAnsweredAreBounded) {
    boost::asio::io_context core;
    const test::ManualClock clock;
    std::promise<void> never;
    const std::shared_future<void> hang = never.get_future().share();
    std::size_t refused = 0;
    {
        Background background(core, 1);
        Resolver resolver(background, clock, [hang](const std::string&) -> Result<Addresses> {
            hang.wait();
            return Addresses{};
        });
        for (std::size_t i = 0; i < Resolver::most_waiting + 3; ++i) {
            resolver.resolve("hangs", [&](const Result<Addresses>& result) { refused += !result; });
        }
    }
    EXPECT_EQ(refused, 3U);
    never.set_value();
}

TEST(LookUp, LocalhostIsLoopbackWithoutAHostsFile) {
    for (const char* host : {"localhost", "broker.localhost"}) {
        const auto result = look_up(host);
        ASSERT_TRUE(result);
        EXPECT_EQ(*result, (Addresses{"127.0.0.1", "::1"}));
    }
}

TEST(LookUp, SaysWhichNameWasNotFound) {
    const auto result = look_up("no.such.name.invalid");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().consequence(), Consequence::retry);
    EXPECT_NE(result.error().sentence().find("no.such.name.invalid"), std::string::npos);
}

}  // namespace
}  // namespace fieldway::uplink
