#include "profile/trial.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/source.h"
#include "support/files.h"
#include "support/temp_folder.h"
#include "unit/config/stub_plugins.h"

namespace fieldway::profile {
namespace {

constexpr const char* header = "maker: Acme\nmodel: Meter\nplugin: modbus\nsource: [a manual]\n";

class TrialTest : public ::testing::Test {
  protected:
    /// What is said of a profile with these lines after its header (line 5 on).
    std::string said(const std::string& text) {
        const auto file = folder_.path() / "x.yaml";
        test::write_file(file, header + text);
        std::filesystem::create_directories(folder_.path() / "a");
        std::filesystem::rename(file, folder_.path() / "a/x.yaml");
        library_ = Library();
        const Profile* profile = library_.find("a/x", {folder_.path()}, diagnostics_);
        trial_.emplace(*profile, config::testing::stub_plugins().at("modbus"),
                       config::ExpressionCheck(), diagnostics_);
        std::string lines;
        for (const auto& diagnostic : diagnostics_.take_sorted())
            lines += to_text(diagnostic).substr(folder_.path().string().size() + 3) + "\n";
        return lines;
    }

    test::TempFolder folder_;
    Library library_;
    config::Diagnostics diagnostics_;
    std::optional<Trial> trial_;
};

TEST_F(TrialTest, StandsInForWhatOnlyAnOperatorCanGive) {
    EXPECT_EQ(said("points: [{ name: a, register: \"input:0\" }]\n"
                   "examples: [{ registers: { \"input:0\": 0001 }, values: { a: 1 } }]\n"),
              "");
    EXPECT_EQ(trial_->settings().options.at("url"), "");
    EXPECT_EQ(trial_->settings().devices.at(0).points.at(0).name, "a");
    EXPECT_FALSE(trial_->mark_of("/options/url"));
    EXPECT_FALSE(trial_->mark_of("/devices/0/address/unit"));
    EXPECT_EQ(trial_->mark_of("/devices/0/points/0/options/register")->line, 5);
}

TEST_F(TrialTest, KeepsTheTextsOfAnExampleAsTheyAreWritten) {
    EXPECT_EQ(said("points: [{ name: a, register: \"input:0\" }]\n"
                   "examples: [{ registers: { \"input:0\": 0010 1E10 }, values: { a: 1 } }]\n"),
              "");
    EXPECT_EQ(boost::json::serialize(trial_->examples().at(0).data),
              R"({"registers":{"input:0":"0010 1E10"}})");
}

TEST_F(TrialTest, APointThatNoExampleCoversIsToldAtItsPlace) {
    EXPECT_EQ(said("points:\n  - { name: a, register: \"input:0\" }\n"
                   "  - { name: b, register: \"input:1\" }\n"
                   "examples: [{ registers: { \"input:0\": 0001 }, values: { a: 1 } }]\n"),
              "x.yaml:7:5: no example covers the point b; add its registers and its value to "
              "one\n");
}

TEST_F(TrialTest, AValueOfAPointThatIsNotThereIsToldWithTheNearest) {
    EXPECT_EQ(said("points: [{ name: voltage, register: \"input:0\" }]\n"
                   "examples: [{ registers: {}, values: { voltage: 1, voltge: 1 } }]\n"),
              "x.yaml:6:51: there is no point voltge; did you mean \"voltage\"?\n");
}

TEST_F(TrialTest, TheDevicesTableRefusesWhatItDoesInAConfiguration) {
    EXPECT_EQ(said("points: [{ name: a, register: \"input:0\", scal: 2 }]\n"
                   "examples: [{ values: { a: 1 } }]\n"),
              "x.yaml:5:42: unknown key scal; did you mean \"scale\"?\n");
    EXPECT_EQ(said("line: { boud: 9600 }\npoints: [{ name: a, register: \"input:0\" }]\n"
                   "examples: [{ values: { a: 1 } }]\n"),
              "x.yaml:5:9: unknown key boud; did you mean \"baud\"?\n");
}

TEST_F(TrialTest, AnExampleAsksForThePointsThatItNames) {
    said(
        "points: [{ name: a, register: \"input:0\" }, { name: b, register: \"input:1\" }]\n"
        "examples: [{ values: { b: 1 } }, { values: { a: 1 } }]\n");
    const auto points = trial_->settings_of(trial_->examples().at(0)).devices.at(0).points;
    ASSERT_EQ(points.size(), 1U);
    EXPECT_EQ(points[0].name, "b");
    EXPECT_EQ(points[0].number, 1U);
}

TEST_F(TrialTest, APointerIntoAnExampleLeadsToItsPlace) {
    said(
        "points: [{ name: a, register: \"input:0\" }]\n"
        "examples:\n  - registers:\n      \"input:0\": 00\n    values: { a: 1 }\n");
    const auto& example = trial_->examples().at(0);
    EXPECT_EQ(Trial::place_of(example, "/registers/input:0").line, 8);
    EXPECT_EQ(Trial::place_of(example, "/registers/input:1").line, 7);
    EXPECT_EQ(Trial::place_of(example, "").line, 7);
}

bool expected(const std::string& yaml, const std::string& json) {
    config::Diagnostics diagnostics;
    const std::string file = "x";
    return is_expected(config::parse_yaml(yaml, file, diagnostics), json);
}

TEST(IsExpected, ComparesNumbersByValue) {
    EXPECT_TRUE(expected("230.2", "230.2"));
    EXPECT_TRUE(expected("50.0", "50"));
    EXPECT_TRUE(expected("-1e3", "-1000"));
    EXPECT_FALSE(expected("230.2", "230.20001"));
    EXPECT_FALSE(expected("1", "true"));
    EXPECT_FALSE(expected("\"1\"", "1"));
}

TEST(IsExpected, ComparesWideIntegersByTheirDigits) {
    EXPECT_TRUE(expected("18446744073709551615", "18446744073709551615"));
    EXPECT_FALSE(expected("18446744073709551614", "18446744073709551615"));
}

TEST(IsExpected, ComparesTextsTruthsAndNothing) {
    EXPECT_TRUE(expected("on", "\"on\""));
    EXPECT_TRUE(expected("\"12\"", "\"12\""));
    EXPECT_TRUE(expected("true", "true"));
    EXPECT_TRUE(expected("null", "null"));
    EXPECT_FALSE(expected("null", "0"));
    EXPECT_FALSE(expected("0", "null"));
    EXPECT_FALSE(expected("[1]", "1"));
}

}  // namespace
}  // namespace fieldway::profile
