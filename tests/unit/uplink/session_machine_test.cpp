#include "uplink/session_machine.h"

#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/uplink/dialogue.h"

namespace fieldway::uplink {
namespace {

std::vector<std::string> dialogues() {
    std::vector<std::string> names;
    const std::filesystem::path folder = FIELDWAY_SOURCE_DIR "/tests/unit/uplink/dialogues";
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        names.push_back(entry.path().stem().string());
    }
    return names;
}

class Dialogue : public testing::TestWithParam<std::string> {};

TEST_P(Dialogue, GoesAsWritten) {
    const std::filesystem::path folder = FIELDWAY_SOURCE_DIR "/tests/unit/uplink/dialogues";
    EXPECT_EQ(test::play_dialogue(folder / (GetParam() + ".txt")), "");
}

INSTANTIATE_TEST_SUITE_P(SessionMachine, Dialogue, testing::ValuesIn(dialogues()),
                         [](const auto& test) { return test.param; });

std::string sentence_of(const Actions& actions) {
    std::string sentence;
    for (const Action& action : actions) {
        if (const auto* change = std::get_if<action::Change>(&action)) sentence = change->sentence;
    }
    return sentence;
}

TEST(SessionMachine, ConnectionsThatEndSoonAreSuspectedToBeTakenOver) {
    SessionMachine machine(SessionRules(), 1);
    MonotonicTime now(std::chrono::hours(1));
    ConnectResult accepted;
    accepted.accepted = true;
    const auto lose_after = [&](Duration time) {
        machine.connected(now, accepted, Sequences{});
        now += time;
        std::string sentence = sentence_of(machine.lost(now, Ending::unknown, 0, "it was lost"));
        now = machine.wake().value();
        machine.tick(now);
        return sentence;
    };
    machine.start(now);
    EXPECT_EQ(lose_after(std::chrono::seconds(5)), "it was lost");
    EXPECT_EQ(lose_after(std::chrono::seconds(5)), "it was lost");
    EXPECT_THAT(lose_after(std::chrono::seconds(5)),
                testing::HasSubstr("look for another client with this client id"));
    EXPECT_EQ(lose_after(std::chrono::hours(5)), "it was lost");
    EXPECT_EQ(lose_after(std::chrono::seconds(5)), "it was lost") << "they are counted anew";
}

}  // namespace
}  // namespace fieldway::uplink
