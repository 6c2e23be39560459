#include "config/source.h"

#include <gtest/gtest.h>

namespace fieldway::config {
namespace {

struct Parsed {
    Node root;
    std::vector<std::string> said;
};

Parsed parsed(std::string_view text) {
    static const std::string file = "f.yaml";
    Diagnostics diagnostics;
    Parsed result;
    result.root = parse_yaml(text, file, diagnostics);
    for (const auto& diagnostic : diagnostics.take_sorted())
        result.said.push_back(to_text(diagnostic));
    return result;
}

std::string only_sentence(std::string_view text) {
    const Parsed result = parsed(text);
    return result.said.size() == 1 ? result.said[0]
                                   : std::to_string(result.said.size()) + " sentences";
}

TEST(YamlSource, KnowsThePlaceOfEveryKeyAndValue) {
    const Parsed result = parsed("a:\n  - b: 1\n    c: {d: x}\n");
    const Node& item = result.root.value_of("a")->items[0];
    EXPECT_EQ(item.find("c")->key_place.line, 3);
    EXPECT_EQ(item.find("c")->key_place.column, 5);
    const Place d = item.value_of("c")->value_of("d")->place;
    EXPECT_EQ(to_text(d.mark()), "f.yaml:3:12");
}

TEST(YamlSource, KeepsTheTextOfScalarsAndWhetherTheyWereQuoted) {
    const Parsed result = parsed("a: 0123\nb: '0123'\nc: off\nd: 1e5\ne: |\n  block\nf: !!str 5\n");
    EXPECT_EQ(result.root.value_of("a")->text, "0123");
    EXPECT_FALSE(result.root.value_of("a")->quoted);
    EXPECT_TRUE(result.root.value_of("b")->quoted);
    EXPECT_EQ(result.root.value_of("c")->text, "off");
    EXPECT_EQ(result.root.value_of("d")->text, "1e5");
    EXPECT_TRUE(result.root.value_of("e")->quoted);
    EXPECT_TRUE(result.root.value_of("f")->quoted);
    EXPECT_TRUE(result.said.empty());
}

TEST(YamlSource, TakesAnEmptyTextForNothing) {
    for (const char* text : {"", "\n", "# only a comment\n", "---\n"}) {
        EXPECT_EQ(parsed(text).root.kind, Node::Kind::null) << text;
        EXPECT_TRUE(parsed(text).said.empty()) << text;
    }
}

TEST(YamlSource, RefusesADuplicateKeyAndNamesTheFirst) {
    EXPECT_EQ(only_sentence("a: 1\nb: 2\na: 3\n"),
              "f.yaml:3:1: the key a stands here a second time; the first is at line 1");
    EXPECT_EQ(only_sentence("x: {a: 1, \"a\": 3}\n").substr(0, 12), "f.yaml:1:11:");
}

TEST(YamlSource, TurnsSyntaxErrorsIntoSentencesWithTheirPlace) {
    EXPECT_EQ(only_sentence("a: [1, 2\nb: 3\n").substr(0, 7), "f.yaml:");
    EXPECT_EQ(only_sentence("a: 1\n\tb: 2\n"),
              "f.yaml:2:1: this line is indented by a tab; YAML wants spaces");
    EXPECT_NE(only_sentence("a: *b\n").find("anchor"), std::string::npos);
}

TEST(YamlSource, RefusesAQuoteThatIsNeverClosed) {
    const std::string sentence = "the quote that begins here is never closed";
    for (const char* text :
         {"a: \"x\n", "a: \"x\nb: 3\n", "a: \"x\\\"\n", "a: &y \"x\n", "a: !!str \"x\n"}) {
        EXPECT_EQ(only_sentence(text), "f.yaml:1:4: " + sentence) << text;
    }
    EXPECT_EQ(parsed("a: 'x\n").said.size(), 1u);
    EXPECT_EQ(parsed("a: 'x''\nb: 3\n").said.size(), 1u);
    for (const char* text : {"a: \"x\\\"\"", "a: 'it''s'", "a: ''", "a: \"\"\n", "a: '\"'",
                             "a: |\n  \"x\n", "\"a\": 1"}) {
        EXPECT_TRUE(parsed(text).said.empty()) << text;
    }
}

TEST(YamlSource, CountsColumnsFromTheFirstLetterAlsoBehindAByteOrderMark) {
    EXPECT_EQ(parsed("\xEF\xBB\xBF"
                     "a: 'x'")
                  .root.value_of("a")
                  ->place.column,
              4);
}

TEST(YamlSource, RefusesASecondDocument) {
    EXPECT_EQ(only_sentence("- a\nb: 1\n"),
              "f.yaml:2:1: this does not go on with what stands above; check its indentation");
    EXPECT_EQ(only_sentence("a: 1\n---\nb: 2\n").substr(9),
              "1: a second document begins here; one file is one document");
}

TEST(YamlSource, RefusesWhatIsNoText) {
    EXPECT_EQ(only_sentence("a: 1\nb: \x04\n"),
              "f.yaml:2:4: there is a control character here, which YAML forbids; remove it");
    EXPECT_EQ(only_sentence(std::string_view("a: \0", 4)).substr(0, 11), "f.yaml:1:4:");
    EXPECT_EQ(only_sentence("a: 1\nb: \xFF\n"),
              "f.yaml:2:1: this line is not UTF-8; save the file as UTF-8");
    EXPECT_TRUE(parsed("a: 1\r\nb: 2\r\n").said.empty());
}

TEST(YamlSource, RefusesUnknownTags) {
    EXPECT_EQ(only_sentence("a: !secret x\n"),
              "f.yaml:1:4: the tag !secret has no meaning here; leave it out");
}

TEST(YamlSource, FollowsAliasesAndMerges) {
    const Parsed result = parsed("d: &d {x: 1, y: 2}\ne: *d\nf: {<<: *d, y: 3}\n");
    EXPECT_EQ(result.root.value_of("e")->value_of("y")->text, "2");
    EXPECT_EQ(result.root.value_of("f")->value_of("x")->text, "1");
    EXPECT_EQ(result.root.value_of("f")->value_of("y")->text, "3");
    EXPECT_TRUE(result.said.empty());
}

TEST(YamlSource, CountsAliasesAsWhatTheyStandFor) {
    std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 12; ++i) {
        const std::string own = "a" + std::to_string(i);
        const std::string before = "*a" + std::to_string(i - 1);
        laughs += own + ": &" + own + " [";
        for (int j = 0; j < 10; ++j)
            laughs += (j > 0 ? ", " : "") + before;
        laughs += "]\n";
    }
    EXPECT_NE(only_sentence(laughs).find("the file has more than 2000000 values"),
              std::string::npos);
}

TEST(YamlSource, RefusesAnAliasInsideOfItself) {
    EXPECT_EQ(only_sentence("a: &a [*a]\n"),
              "f.yaml:1:8: this alias stands inside of what it stands for");
}

TEST(YamlSource, LimitsTheDepth) {
    EXPECT_NE(only_sentence(std::string(40, '[')).find("nested deeper than 32 levels"),
              std::string::npos);
    EXPECT_EQ(parsed(std::string(100'000, '[')).said.size(), 1u);
    EXPECT_EQ(parsed(std::string(100'000, '{')).said.size(), 1u);
}

TEST(YamlSource, LimitsTheSize) {
    EXPECT_NE(only_sentence(std::string(most_yaml_bytes + 1, ' ')).find("the most is 16MiB"),
              std::string::npos);
}

TEST(YamlSource, RefusesKeysThatAreNoNames) {
    EXPECT_EQ(only_sentence("? [a, b]\n: 1\n"),
              "f.yaml:1:3: a key is a list; it must be a name followed by a colon");
}

}  // namespace
}  // namespace fieldway::config
