#include "config/environment.h"

#include <gtest/gtest.h>

#include "config/source.h"

namespace fieldway::config {
namespace {

struct Replaced {
    Node root;
    std::vector<Diagnostic> diagnostics;
};

Replaced replaced(const std::string& text) {
    static const std::string file = "f.yaml";
    Diagnostics diagnostics;
    Node root = parse_yaml(text, file, diagnostics);
    const Environment environment = [](const std::string& name) -> std::optional<std::string> {
        if (name == "HOST") return "10.0.0.1";
        if (name == "TRICK") return "x, y: [${HOST}";
        return std::nullopt;
    };
    replace_variables(root, environment, diagnostics);
    return {std::move(root), diagnostics.take_sorted()};
}

TEST(Variables, AreReplacedInValues) {
    EXPECT_EQ(replaced("a: tcp://${HOST}:502").root.value_of("a")->text, "tcp://10.0.0.1:502");
    EXPECT_EQ(replaced("a: ['${HOST}${HOST}']").root.value_of("a")->items[0].text,
              "10.0.0.110.0.0.1");
}

TEST(Variables, NeverChangeKeysOrStructure) {
    const Replaced keys = replaced("${HOST}: 1");
    EXPECT_NE(keys.root.value_of("${HOST}"), nullptr);
    const Replaced trick = replaced("a: ${TRICK}");
    EXPECT_EQ(trick.root.value_of("a")->text, "x, y: [${HOST}");
    EXPECT_EQ(trick.root.value_of("y"), nullptr);
}

TEST(Variables, LeaveOtherDollarsAndBracesAlone) {
    EXPECT_EQ(replaced("a: '^kg$'").root.value_of("a")->text, "^kg$");
    EXPECT_EQ(replaced("a: '$HOST {device}'").root.value_of("a")->text, "$HOST {device}");
    EXPECT_EQ(replaced("a: '$${HOST} $$'").root.value_of("a")->text, "${HOST} $");
}

TEST(Variables, ThatAreNotSetAreErrorsAtTheirPlace) {
    const Replaced missing = replaced("a: 1\nb: [x, '${NOT_SET}']");
    ASSERT_EQ(missing.diagnostics.size(), 1u);
    EXPECT_EQ(to_text(missing.diagnostics[0]),
              "f.yaml:2:8: the environment variable NOT_SET is not set; set it for the service, or "
              "write the value");
}

TEST(Variables, AreShownByNameNotByValue) {
    EXPECT_EQ(replaced("a: ${HOST}").root.value_of("a")->shown(), "${HOST}");
}

TEST(Variables, NeedTheirBraceAndAName) {
    EXPECT_EQ(replaced("a: '${HOST'").diagnostics.size(), 1u);
    EXPECT_EQ(replaced("a: '${}'").diagnostics.size(), 1u);
    EXPECT_EQ(replaced("a: '${1A}'").diagnostics.size(), 1u);
    EXPECT_EQ(replaced("a: '${A-B}'").diagnostics.size(), 1u);
}

}  // namespace
}  // namespace fieldway::config
