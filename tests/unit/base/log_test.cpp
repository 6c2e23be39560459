#include "base/log.h"

#include <memory>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

namespace fieldway {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class LogTo {
  public:
    explicit LogTo(LogFormat format) {
        auto sink = std::make_shared<spdlog::sinks::ostream_sink_st>(text_);
        sink->set_pattern("%v");
        auto logger = std::make_shared<spdlog::logger>("test", sink);
        logger->set_level(spdlog::level::info);
        log = Log(logger, format);
    }
    [[nodiscard]] std::string text() const { return text_.str(); }
    Log log;

  private:
    std::ostringstream text_;
};

TEST(Log, TellsEventSentenceAndFields) {
    LogTo to(LogFormat::text);
    to.log.info("session.up", "connected", {{"device", "0CA1"}, {"why", "a reason"}, {"x", ""}});
    EXPECT_EQ(to.text(), "session.up: connected  device=0CA1  why=\"a reason\"  x=\"\"\n");
}

TEST(Log, JournaldLinesStartWithTheirPriority) {
    LogTo to(LogFormat::journald);
    to.log.warning("input.down", "no answer");
    EXPECT_THAT(to.text(), StartsWith("<4>input.down: "));
}

TEST(Log, JsonLinesAreObjects) {
    LogTo to(LogFormat::json);
    to.log.error("x", "a \"quoted\"\nline", {{"key", "\xFF"}});
    EXPECT_THAT(to.text(), StartsWith("{\"time\":\"20"));
    EXPECT_THAT(to.text(), HasSubstr(R"("message":"a \"quoted\"\nline","key":")"));
}

TEST(Log, BytesOfADeviceCannotForgeALineOrMoveTheCursor) {
    LogTo to(LogFormat::text);
    to.log.info("x", "a\nb\x1B[2J", {{"key", "c\nd"}, {"other", "\x1B[2J"}});
    EXPECT_EQ(to.text(), "x: a b [2J  key=\"c\\nd\"  other= [2J\n");
}

TEST(Log, WhatIsBelowTheLevelIsNotWritten) {
    LogTo to(LogFormat::text);
    to.log.debug("x", "y");
    EXPECT_EQ(to.text(), "");
    Log().error("x", "a log without a place writes nothing");
}

TEST(Log, BracesInASentenceAreText) {
    LogTo to(LogFormat::text);
    to.log.info("x", "{} {0} %s");
    EXPECT_EQ(to.text(), "x: {} {0} %s\n");
}

}  // namespace
}  // namespace fieldway
