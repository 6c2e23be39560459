#include "profile/merge.h"

#include <string>

#include <gtest/gtest.h>

#include "config/source.h"

namespace fieldway::profile {
namespace {

using config::Node;

/// One line, each value with the file that it stands in: `d` the device's, `p` the profile's.
std::string shown(const Node& node) {
    const std::string file = *node.place.file;
    std::string text;
    if (node.kind == Node::Kind::scalar) return node.text + "@" + file;
    if (node.kind == Node::Kind::null) return "null@" + file;
    if (node.kind == Node::Kind::list) {
        for (const Node& item : node.items)
            text += (text.empty() ? "" : " ") + shown(item);
        return "[" + text + "]";
    }
    for (const Node::Entry& entry : node.entries)
        text += (text.empty() ? "" : " ") + entry.key + ":" + shown(entry.value);
    return "{" + text + "}" + file;
}

class Merge : public ::testing::Test {
  protected:
    std::string merged_text(const std::string& device, const std::string& profile) {
        config::Diagnostics diagnostics;
        const Node own = config::parse_yaml(device, device_file_, diagnostics);
        Profile below;
        below.name = "acme/meter";
        below.shown = "p";
        below.root = config::parse_yaml(profile, below.shown, diagnostics);
        const std::string text = shown(
            merged(own, below, {option("register", OptionType::text, "").required()}, diagnostics));
        said_.clear();
        for (const auto& diagnostic : diagnostics.take_sorted())
            said_ += to_text(diagnostic) + "\n";
        return text;
    }

    const std::string device_file_ = "d";
    std::string said_;
};

TEST_F(Merge, TheProfileGivesWhatTheDeviceDoesNotHave) {
    EXPECT_EQ(merged_text("{id: A}", "{every: 10s}"), "{id:A@d every:10s@p}d");
    EXPECT_EQ(merged_text("{every: 5s}", "{every: 10s}"), "{every:5s@d}d");
}

TEST_F(Merge, WhatOnlyAProfileHasStaysThere) {
    EXPECT_EQ(merged_text("{id: A}",
                          "{maker: M, model: N, plugin: m, source: [s], notes: [n], "
                          "line: {baud: 9600}, examples: []}"),
              "{id:A@d}d");
}

TEST_F(Merge, MappingsAreMergedKeyByKey) {
    EXPECT_EQ(merged_text("{timestamp: {key: t}}", "{timestamp: {key: x, format: none}}"),
              "{timestamp:{key:t@d format:none@p}d}d");
}

TEST_F(Merge, PointsAreMergedByTheirNameInTheOrderOfTheProfile) {
    EXPECT_EQ(merged_text("{points: [{name: b, scale: 2}, {name: c, register: r}]}",
                          "{points: [{name: a}, {name: b, scale: 1, unit: V}]}"),
              "{points:[{name:a@p}p {name:b@d scale:2@d unit:V@p}d {name:c@d register:r@d}d]}d");
}

TEST_F(Merge, AnOverrideOfAPointThatTheProfileDoesNotHaveIsToldWithTheNearest) {
    EXPECT_EQ(merged_text("{points: [{name: voltge, scale: 2}, {name: c}]}",
                          "{points: [{name: voltage}]}"),
              "{points:[{name:voltage@p}p]}d");
    EXPECT_EQ(said_,
              "d:1:18: the profile acme/meter has no point voltge; did you mean \"voltage\"? (a "
              "point of the device's own needs register too)\n"
              "d:1:44: the profile acme/meter has no point c; known here: voltage (a point of the "
              "device's own needs register too)\n");
}

TEST_F(Merge, AKeyWithoutAValueTakesTheProfilesAway) {
    EXPECT_EQ(merged_text("{every: , points: [{name: a, scale: }]}",
                          "{every: 10s, points: [{name: a, scale: 1}]}"),
              "{points:[{name:a@d}d]}d");
}

TEST_F(Merge, AKeyWithoutAValueThatTheProfileDoesNotHaveIsLeftForTheTableToRefuse) {
    EXPECT_EQ(merged_text("{every: }", "{}"), "{every:null@d}d");
}

TEST_F(Merge, MessagesOfTheDeviceReplaceThose) {
    EXPECT_EQ(merged_text("{messages: [{every: 1s}]}", "{messages: [{every: 2s}, {every: 3s}]}"),
              "{messages:[{every:1s@d}d]}d");
}

TEST_F(Merge, ChosenPointsAloneAreTakenAlsoInMessages) {
    EXPECT_EQ(merged_text("{profile_points: [b], points: [{name: c, register: r}]}",
                          "{points: [{name: a}, {name: b}], messages: [{points: [a, b]}, "
                          "{points: [a]}, {every: 1s}]}"),
              "{profile_points:[b@d] points:[{name:b@p}p {name:c@d register:r@d}d] "
              "messages:[{points:[b@p]}p {every:1s@p}p]}d");
    EXPECT_EQ(said_, "");
}

TEST_F(Merge, WhatIsOverriddenIsChosenToo) {
    EXPECT_EQ(merged_text("{profile_points: [b], points: [{name: a, scale: 1}]}",
                          "{points: [{name: a}, {name: b}, {name: c}]}"),
              "{profile_points:[b@d] points:[{name:a@d scale:1@d}d {name:b@p}p]}d");
}

TEST_F(Merge, AChosenPointThatTheProfileDoesNotHaveIsToldWithTheNearest) {
    merged_text("{profile_points: [voltge]}", "{points: [{name: voltage}]}");
    EXPECT_EQ(said_,
              "d:1:19: the profile acme/meter has no point voltge; did you mean \"voltage\"?\n");
}

TEST_F(Merge, CommandsLoseThePointsThatTheDeviceDoesNotTake) {
    const std::string profile =
        "{points: [{name: a}, {name: b}], commands: [{points: [a, b]}, {points: [b]}]}";
    EXPECT_EQ(merged_text("{profile_points: [a]}", profile),
              "{profile_points:[a@d] points:[{name:a@p}p] commands:[{points:[a@p]}p]}d");
    EXPECT_EQ(merged_text("{commands: }", profile), "{points:[{name:a@p}p {name:b@p}p]}d");
}

TEST_F(Merge, APointThatStandsTwiceIsLeftForTheCheckOfNames) {
    EXPECT_EQ(merged_text("{points: [{name: a, scale: 1}, {name: a, scale: 2}]}",
                          "{points: [{name: a}]}"),
              "{points:[{name:a@d scale:1@d}d {name:a@d scale:2@d}d]}d");
    EXPECT_EQ(merged_text("{points: [{name: a, scale: 1}]}", "{points: [{name: a}, {name: a}]}"),
              "{points:[{name:a@d scale:1@d}d {name:a@p}p]}d");
}

TEST_F(Merge, WhatIsNoListOfPointsIsLeftForTheTableToRefuse) {
    EXPECT_EQ(merged_text("{points: 7}", "{points: [{name: a}]}"), "{points:7@d}d");
    EXPECT_EQ(merged_text("{}", "{points: 7}"), "{points:7@p}d");
    EXPECT_EQ(merged_text("{points: [7]}", "{points: [8]}"), "{points:[8@p 7@d]}d");
}

}  // namespace
}  // namespace fieldway::profile
