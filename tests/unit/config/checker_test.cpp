#include "config/checker.h"

#include <gtest/gtest.h>

#include "config/scalar.h"
#include "config/source.h"

namespace fieldway::config {
namespace {

using namespace std::chrono_literals;
using enum OptionType;

struct Outcome {
    boost::json::value value;
    std::string said;
};

/// What one option makes of the text after `x: `.
Outcome outcome(OptionBuilder builder, const std::string& yaml) {
    static const std::string file = "/etc/fieldway/f.yaml";
    Diagnostics diagnostics;
    const Node root = parse_yaml("x: " + yaml, file, diagnostics);
    const OptionTable table{builder};
    const CheckedMap checked = check_map(table, root, "it", UnknownKeys::refused, diagnostics);
    Outcome result;
    const auto* value = checked.values.if_contains("x");
    if (value != nullptr) result.value = *value;
    for (const auto& diagnostic : diagnostics.take_sorted())
        result.said += diagnostic.sentence;
    return result;
}

OptionBuilder x(OptionType type) {
    return option("x", type, "what it is");
}

TEST(Checker, UnderstandsTruthsAsAPersonMeansThem) {
    for (const char* word : {"true", "True", "yes", "on", "ON"}) {
        EXPECT_EQ(outcome(x(boolean), word).value, true) << word;
    }
    for (const char* word : {"false", "no", "off", "Off"}) {
        EXPECT_EQ(outcome(x(boolean), word).value, false) << word;
    }
    EXPECT_EQ(outcome(x(boolean), "1").said, "x is 1; it must be true or false");
    EXPECT_EQ(outcome(x(boolean), "'true'").said, "x is a text; write it without the quotes");
}

TEST(Checker, TakesPlainWordsForTextsWhereTextIsAskedFor) {
    EXPECT_EQ(outcome(x(text), "0123456789").value, "0123456789");
    EXPECT_EQ(outcome(x(text), "0CA1E5").value, "0CA1E5");
    EXPECT_EQ(outcome(x(text), "off").value, "off");
    EXPECT_EQ(outcome(x(text), "1.10").value, "1.10");
    EXPECT_EQ(outcome(x(choice).choices({"off"}), "off").value, "off");
    EXPECT_EQ(outcome(x(texts), "[5, yes, 0x1F]").value,
              boost::json::parse(R"(["5","yes","0x1F"])"));
    EXPECT_EQ(outcome(x(table), "{0: off, 1: on}").value,
              boost::json::parse(R"({"0":"off","1":"on"})"));
}

TEST(Checker, ReadsIntegersInTwoBases) {
    EXPECT_EQ(outcome(x(integer), "0x1F").value, 31);
    EXPECT_EQ(outcome(x(integer), "-5").value, -5);
    EXPECT_EQ(outcome(x(integer), "-9223372036854775808").value, INT64_MIN);
    EXPECT_EQ(outcome(x(integer), "9223372036854775808").said,
              "x is 9223372036854775808; it must be a whole number");
    EXPECT_EQ(outcome(x(integer), "1.0").said, "x is 1.0; it must be a whole number");
    EXPECT_EQ(outcome(x(integer), "'5'").said, "x is a text; write it without the quotes");
    EXPECT_EQ(
        outcome(x(integer), "010").said,
        "x is 010; it must be a whole number; leading zeros mean different numbers to different "
        "readers, write it without");
    EXPECT_EQ(outcome(x(integers), "[0x10, 2]").value, boost::json::parse("[16, 2]"));
}

TEST(Checker, ReadsNumbersWithAPoint) {
    EXPECT_EQ(outcome(x(number), "0.1").value, 0.1);
    EXPECT_EQ(outcome(x(number), "1e-3").value, 1e-3);
    EXPECT_EQ(outcome(x(number), "2").value, 2.0);
    EXPECT_EQ(outcome(x(number), "0,1").said,
              "x is \"0,1\"; it must be a number; decimals follow a point");
    EXPECT_EQ(outcome(x(number), ".inf").said, "x is .inf; it must be a number");
    EXPECT_EQ(outcome(x(number), "nan").said, "x is nan; it must be a number");
}

TEST(Checker, GivesDurationsInNanosecondsAndSizesInBytes) {
    EXPECT_EQ(outcome(x(duration), "250ms").value, 250'000'000);
    EXPECT_EQ(outcome(x(size), "64KiB").value, 65'536);
    EXPECT_EQ(outcome(x(duration), "10").said,
              "x is 10; a duration has a unit: us, ms, s, m, h or d");
    EXPECT_EQ(outcome(x(size), "10").said, "x is 10; a size has a unit: B, KiB, MiB, GiB or TiB");
    EXPECT_EQ(outcome(x(duration), "soon").said,
              "x is soon; it must be a duration such as 250ms, 10s or 5m");
}

TEST(Checker, NamesTheLimitThatAValueIsBeyond) {
    EXPECT_EQ(outcome(x(duration).within(1ms, 1h), "0ms").said, "x is 0ms; the least is 1ms");
    EXPECT_EQ(outcome(x(duration).within(1ms, 1h), "2h").said, "x is 2h; the most is 1h");
    EXPECT_EQ(outcome(x(integer).within(1, 247), "248").said, "x is 248; the most is 247");
    EXPECT_EQ(outcome(x(size).within(1024, 1048576), "1B").said, "x is 1B; the least is 1KiB");
    EXPECT_EQ(outcome(x(text).within(1, 4), "abcde").said, "x has 5 bytes; the most is 4 bytes");
    EXPECT_EQ(outcome(x(text).within(1, 4), "''").said, "x is empty; write one");
}

TEST(Checker, MakesPathsAbsoluteFromTheFileThatNamesThem) {
    EXPECT_EQ(outcome(x(path), "keys/a.pem").value, "/etc/fieldway/keys/a.pem");
    EXPECT_EQ(outcome(x(path), "../a").value, "/etc/a");
    EXPECT_EQ(outcome(x(path), "/run/a").value, "/run/a");
    EXPECT_EQ(outcome(x(path).choices({"system"}), "system").value, "system");
}

TEST(Checker, FillsDefaultsIn) {
    const OptionTable inner{option("a", integer, "").preset(5), option("b", text, "")};
    const OptionTable table{option("g", group, "").members(inner), option("n", text, "")};
    Diagnostics diagnostics;
    const Node nothing;
    const CheckedMap checked = check_map(table, nothing, "it", UnknownKeys::refused, diagnostics);
    EXPECT_EQ(checked.values, boost::json::parse(R"({"g":{"a":5}})").as_object());
}

TEST(Checker, NeverShowsASecret) {
    for (const char* yaml : {"hunter2hunter2", "[hunter2hunter2]", "{a: hunter2hunter2}"}) {
        const auto type = std::string_view(yaml).starts_with('h') ? integer : text;
        const Outcome said = outcome(x(type).secret().within(1, 4), yaml);
        EXPECT_FALSE(said.said.empty()) << yaml;
        EXPECT_EQ(said.said.find("hunter2"), std::string::npos) << said.said;
    }
    EXPECT_EQ(outcome(x(integer).secret().within(1, 4), "77").said.find("77"), std::string::npos);
    EXPECT_EQ(outcome(x(choice).secret().choices({"a"}), "77").said.find("77"), std::string::npos);
}

TEST(Checker, AdvisesTheNearestKey) {
    EXPECT_EQ(outcome(option("every", duration, ""), "1\nevrey: 1s").said.substr(0, 13),
              "unknown key x");
    Diagnostics diagnostics;
    static const std::string file = "f";
    const Node root = parse_yaml("registr: 1", file, diagnostics);
    check_map({option("register", text, ""), option("type", text, "")}, root, "it",
              UnknownKeys::refused, diagnostics);
    EXPECT_EQ(to_text(diagnostics.take_sorted().at(0)),
              "f:1:1: unknown key registr; did you mean \"register\"?");
}

TEST(Checker, FillsAGroupThatIsMissingSoThatEveryKeyIsThere) {
    Diagnostics diagnostics;
    static const std::string file = "f";
    const Node root = parse_yaml("{}", file, diagnostics);
    const CheckedMap checked =
        check_map({option("address", group, "")
                       .members({option("unit", integer, "").required().within(0, 247)})
                       .required()},
                  root, "it", UnknownKeys::refused, diagnostics);
    EXPECT_EQ(checked.values, (boost::json::object{{"address", {{"unit", 247}}}}));
    EXPECT_FALSE(checked.sound("address.unit"));
}

TEST(Checker, KeepsTheMeaningOfUntypedValues) {
    EXPECT_EQ(outcome(x(any), "[1, 0x10, 1.5, yes, true, ~, '1', {a: b}]").value,
              boost::json::parse(R"([1,16,1.5,"yes",true,null,"1",{"a":"b"}])"));
}

TEST(Checker, RefusesWhatIsNotBuiltByItsSentence) {
    EXPECT_EQ(outcome(x(text).not_built("x is not built yet"), "1").said, "x is not built yet");
    EXPECT_EQ(outcome(x(choice).choices({"a", "b"}).choices_not_built({"c"}), "c").said,
              "x is c, which is not built yet; it can be a or b");
    EXPECT_EQ(outcome(x(boolean).choices_not_built({"true"}), "on").said,
              "x is on, which is not built yet; write false or leave it out");
}

}  // namespace
}  // namespace fieldway::config
