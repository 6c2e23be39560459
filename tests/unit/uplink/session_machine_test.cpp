#include "uplink/session_machine.h"

#include <filesystem>
#include <string>
#include <vector>

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

}  // namespace
}  // namespace fieldway::uplink
