// tests/cases/transcripts/<name>/: what is said on the line (transcript), and what the gateway is
// told of it (expected.jsonl).
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "transcript.h"

namespace fieldway::modbus {
namespace {

namespace fs = std::filesystem;

const fs::path& folder() {
    static const fs::path the_folder = fs::path(MODBUS_CASES) / "transcripts";
    return the_folder;
}

std::vector<std::string> lines_of(const fs::path& file) {
    std::ifstream in(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    return lines;
}

class Transcript : public testing::TestWithParam<std::string> {};

TEST_P(Transcript, BecomesTheReadingsThatAreExpected) {
    const auto told = test::play_transcript(folder() / GetParam() / "transcript");
    ASSERT_TRUE(told) << told.error().text();
    EXPECT_EQ(*told, lines_of(folder() / GetParam() / "expected.jsonl"));
}

std::vector<std::string> cases() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder()))
        names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

INSTANTIATE_TEST_SUITE_P(Cases, Transcript, testing::ValuesIn(cases()), [](const auto& named) {
    std::string name = named.param;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
});

}  // namespace
}  // namespace fieldway::modbus
