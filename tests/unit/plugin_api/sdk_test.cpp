// The C functions that the SDK makes of a C++ plugin, called as the gateway calls them.
#include "plugin_api/sdk.h"

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/manual_clock.h"
#include "support/recording_plugin_host.h"

namespace fieldway::sdk {
namespace {

/// Throws wherever the settings' name says so.
struct Throwing {
    std::string where;
    void at(const std::string& place) const {
        if (where == place) throw std::runtime_error("thrown in " + place);
        if (where == "odd " + place) throw 7;
    }
};

class TestInput final : public Input {
  public:
    TestInput(Host host, Throwing throwing) : host_(host), throwing_(std::move(throwing)) {}
    Result<> update(const InputSettings& settings) override {
        throwing_.at("update");
        if (settings.name == "not in place") return Error::stop_device("needs a restart");
        return {};
    }
    void submit(const wire::Command& command) override {
        throwing_.at("submit");
        wire::Outcome outcome;
        outcome.number = command.number;
        host_.answer(outcome);
    }
    void accepted(std::uint64_t token, Acceptance acceptance) override {
        if (token == 13) throw std::runtime_error("thrown in accepted");
        host_.log(LogLevel::info,
                  std::to_string(token) + (acceptance == Acceptance::durable ? " kept" : " not"));
    }
    bool stop(MonotonicTime) override {
        throwing_.at("stop");
        return true;
    }

  private:
    Host host_;
    Throwing throwing_;
};

class TestPlugin final : public Plugin {
  public:
    static const PluginInfo& info() {
        static const PluginInfo the_info = [] {
            PluginInfo info;
            info.name = "test";
            info.decode_kinds = {"test"};
            info.decode = [](const std::vector<std::string>& words) -> Result<std::string> {
                if (words.size() < 2) return Error::drop_item("no bytes");
                return R"({"value": ")" + words[1] + R"("})";
            };
            info.probe_tables = {{"test:"}, {{"scan", {}}}};
            info.probe = [](const ProbeRequest& request,
                            const ProbeNews& news) -> Result<boost::json::object> {
                Throwing{request.url}.at("probe");
                if (!news({{"done", 1}})) return Error::retry("ended");
                return boost::json::object{{"url", request.url}};
            };
            return info;
        }();
        return the_info;
    }
    std::vector<Problem> check(const InputSettings& settings) override {
        Throwing{settings.name}.at("check");
        if (settings.name == "doubtful") return {{"/name", "is doubtful", true}};
        if (settings.name == "wrong") return {{"/name", "is wrong", false}};
        return {};
    }
    Result<std::unique_ptr<Input>> start(Host host, const InputSettings& settings) override {
        Throwing{settings.name}.at("start");
        return std::unique_ptr<Input>(std::make_unique<TestInput>(host, Throwing{settings.name}));
    }
};

std::string fault(const std::string& thrown) {
    return "the plugin test could not do this, by a fault of its own (" + thrown +
           "); tell its maker";
}

class SdkBorder : public testing::Test {
  protected:
    ~SdkBorder() override { api_->destroy(plugin_); }

    static void take(void* context, fieldway_bytes result) {
        static_cast<std::string*>(context)->assign(static_cast<const char*>(result.data),
                                                   result.size);
    }
    static std::string named(const std::string& name) {
        InputSettings settings;
        settings.name = name;
        return to_json_text(settings);
    }
    static fieldway_bytes borrowed(const std::string& text) { return {text.data(), text.size()}; }

    std::int32_t check(const std::string& config) {
        said_.clear();
        return api_->check(plugin_, borrowed(config), take, &said_);
    }
    fieldway_input* start(const std::string& config) {
        said_.clear();
        return api_->start(plugin_, 1, borrowed(config), take, &said_);
    }
    [[nodiscard]] std::string first_sentence() const {
        const auto problems = problems_from_json(said_);
        return problems && !problems->empty() ? problems->front().sentence : "none: " + said_;
    }

    test::ManualClock clock_;
    test::RecordingPluginHost host_{clock_};
    const fieldway_plugin_api* api_ =
        plugin_entry(FIELDWAY_ABI_VERSION, TestPlugin::info(),
                     []() -> std::unique_ptr<Plugin> { return std::make_unique<TestPlugin>(); });
    fieldway_plugin* plugin_ = api_->create(host_.abi());
    std::string said_;
};

TEST_F(SdkBorder, AnotherVersionIsNotSpoken) {
    EXPECT_EQ(plugin_entry(FIELDWAY_ABI_VERSION + 1, TestPlugin::info(), nullptr), nullptr);
}

TEST_F(SdkBorder, CheckIsOkWithWarningsAndAnErrorWithProblems) {
    EXPECT_EQ(check(named("good")), FIELDWAY_OK);
    EXPECT_EQ(said_, "");
    EXPECT_EQ(check(named("doubtful")), FIELDWAY_OK);
    EXPECT_EQ(first_sentence(), "is doubtful");
    EXPECT_EQ(check(named("wrong")), FIELDWAY_ERROR);
    EXPECT_EQ(first_sentence(), "is wrong");
    EXPECT_EQ(check("no JSON"), FIELDWAY_ERROR);
}

TEST_F(SdkBorder, AnExceptionIsToldAsTheFaultOfThePlugin) {
    EXPECT_EQ(check(named("check")), FIELDWAY_ERROR);
    EXPECT_EQ(first_sentence(), fault("thrown in check"));
    EXPECT_EQ(start(named("start")), nullptr);
    EXPECT_EQ(first_sentence(), fault("thrown in start"));
    EXPECT_EQ(start(named("odd start")), nullptr);
    EXPECT_EQ(first_sentence(), fault("an exception of an unknown type"));
}

TEST_F(SdkBorder, ASubmitThatThrowsIsAnsweredWithTheReason) {
    fieldway_input* input = start(named("submit"));
    ASSERT_NE(input, nullptr);
    wire::Command command;
    command.number = 9;
    const Bytes bytes = wire::encode(command);
    EXPECT_EQ(api_->submit(input, {bytes.data(), bytes.size()}), FIELDWAY_OK);
    ASSERT_EQ(host_.told().outcomes.size(), 1U);
    EXPECT_EQ(host_.told().outcomes[0].number, 9U);
    EXPECT_EQ(host_.told().outcomes[0].status, wire::OutcomeStatus::failed);
    EXPECT_EQ(host_.told().outcomes[0].reason, fault("thrown in submit"));
    EXPECT_EQ(api_->submit(input, {bytes.data(), 3}), FIELDWAY_ERROR);
    EXPECT_EQ(host_.told().outcomes.size(), 1U);
    EXPECT_EQ(api_->stop(input, 0), FIELDWAY_OK);
}

TEST_F(SdkBorder, AnUpdateThatCannotBeMadeInPlaceSaysWhy) {
    fieldway_input* input = start(named("good"));
    const std::string same = named("good");
    const std::string other = named("not in place");
    EXPECT_EQ(api_->update(input, borrowed(same), take, &said_), FIELDWAY_OK);
    EXPECT_EQ(api_->update(input, borrowed(other), take, &said_), FIELDWAY_ERROR);
    EXPECT_EQ(first_sentence(), "needs a restart");
    EXPECT_EQ(api_->stop(input, 0), FIELDWAY_OK);
}

TEST_F(SdkBorder, OneAcceptanceThatThrowsDoesNotTakeTheOthersAlong) {
    fieldway_input* input = start(named("good"));
    const std::vector<fieldway_acceptance> list{{12, FIELDWAY_ACCEPTED_DURABLE, 0},
                                                {13, FIELDWAY_ACCEPTED_DURABLE, 0},
                                                {14, FIELDWAY_ACCEPTED_REFUSED, 0}};
    api_->accepted(input, list.data(), list.size());
    EXPECT_EQ(host_.told().sentences,
              (std::vector<std::string>{"12 kept", fault("thrown in accepted"), "14 not"}));
    EXPECT_EQ(api_->stop(input, 0), FIELDWAY_OK);
}

TEST_F(SdkBorder, DecodesWords) {
    const std::string words = R"(["test", "0a1b"])";
    EXPECT_EQ(api_->decode(borrowed(words), take, &said_), FIELDWAY_OK);
    EXPECT_EQ(said_, R"({"value": "0a1b"})");
    const std::string no_bytes = R"(["test"])";
    EXPECT_EQ(api_->decode(borrowed(no_bytes), take, &said_), FIELDWAY_ERROR);
    EXPECT_EQ(first_sentence(), "no bytes");
    EXPECT_EQ(std::string(api_->decode_kinds), R"(["test"])");
    EXPECT_EQ(api_->simulate, nullptr) << "what a plugin has not is not there";
}

TEST_F(SdkBorder, ProbesAndTellsNews) {
    struct Listener {
        std::string told;
        std::int32_t answer = FIELDWAY_OK;
    } listener;
    const fieldway_news listen = [](void* context, fieldway_bytes news) {
        auto& listening = *static_cast<Listener*>(context);
        listening.told.assign(static_cast<const char*>(news.data), news.size);
        return listening.answer;
    };
    const auto probe = [&](const std::string& url) {
        const std::string request = to_json_text(ProbeRequest{"scan", url, {}, {}, {}, {}});
        return api_->probe(borrowed(request), listen, &listener, take, &said_);
    };
    EXPECT_EQ(probe("test:1"), FIELDWAY_OK);
    EXPECT_EQ(said_, R"({"url":"test:1"})");
    EXPECT_EQ(listener.told, R"({"done":1})");
    EXPECT_EQ(probe("probe"), FIELDWAY_ERROR);
    EXPECT_EQ(first_sentence(), fault("thrown in probe"));
    listener.answer = FIELDWAY_FULL;
    EXPECT_EQ(probe("test:1"), FIELDWAY_ERROR);
    EXPECT_EQ(first_sentence(), "ended");
    const std::string garbage = "garbage";
    EXPECT_EQ(api_->probe(borrowed(garbage), listen, &listener, take, &said_), FIELDWAY_ERROR);
    EXPECT_EQ(std::string(api_->probe_tables), R"({"urls":["test:"],"verbs":{"scan":[]}})");
}

TEST_F(SdkBorder, TheClockOfTheGatewayIsTheClockOfTheInput) {
    EXPECT_EQ(host_.sdk().now(), clock_.now());
}

TEST_F(SdkBorder, AFullGatewayIsSeenByTheInput) {
    EXPECT_TRUE(host_.sdk().emit({}, 3));
    host_.set_full(true);
    EXPECT_FALSE(host_.sdk().emit({}, 4));
    EXPECT_EQ(host_.told().tokens, (std::vector<std::uint64_t>{3}));
}

}  // namespace
}  // namespace fieldway::sdk
