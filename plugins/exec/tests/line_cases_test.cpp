// tests/cases/line/<name>/: each line of input.jsonl, and below the same number of expected.jsonl
// what it means.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <variant>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "exec/line_protocol.h"

namespace fieldway::exec {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> lines_of(const fs::path& file) {
    std::ifstream in(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    return lines;
}

std::string typed(const Value& value) {
    static constexpr const char* types[] = {"none",  "bool",   "int64", "uint64",
                                            "float", "double", "text",  "bytes"};
    return std::string(types[value.index()]) + " " + to_json_text(value);
}

boost::json::object described(const Line& line) {
    boost::json::object out;
    if (const auto* readings = std::get_if<ReadingsLine>(&line)) {
        out["key"] = readings->key;
        if (readings->bad) {
            out["bad"] = *readings->bad;
        } else {
            boost::json::object values;
            for (const NamedValue& value : readings->values)
                values[value.name] = typed(value.value);
            out["values"] = values;
        }
        if (readings->timestamp) out["timestamp"] = rfc3339(*readings->timestamp);
        if (has_value(readings->id)) out["id"] = typed(readings->id);
    } else if (const auto* answer = std::get_if<AnswerLine>(&line)) {
        out["command"] = answer->command;
        out["ok"] = answer->ok;
        if (!answer->error.empty()) out["error"] = answer->error;
    } else if (const auto* fault = std::get_if<LineFault>(&line)) {
        out["fault"] = name_of(fault->kind);
        out["sentence"] = fault->sentence;
        if (has_value(fault->id)) out["id"] = typed(fault->id);
    }
    return out;
}

class LineCase : public testing::TestWithParam<std::string> {};

TEST_P(LineCase, MeansWhatIsExpected) {
    const fs::path folder = fs::path(EXEC_CASES) / "line" / GetParam();
    const auto input = lines_of(folder / "input.jsonl");
    const auto expected = lines_of(folder / "expected.jsonl");
    ASSERT_FALSE(input.empty());
    EXPECT_EQ(input.size(), expected.size());
    for (std::size_t i = 0; i < input.size(); ++i) {
        const std::string meant = boost::json::serialize(described(parse_line(input[i])));
        EXPECT_EQ(meant, i < expected.size() ? expected[i] : "(nothing)")
            << "line " << i + 1 << ": " << input[i];
    }
}

std::vector<std::string> cases() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(fs::path(EXEC_CASES) / "line")) {
        names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

INSTANTIATE_TEST_SUITE_P(Cases, LineCase, testing::ValuesIn(cases()),
                         [](const auto& each) { return each.param; });

TEST(LineProtocol, ALineOverTheLimitIsAFaultWithoutBeingParsed) {
    const Line line = parse_line(std::string(most_line_bytes + 1, ' ') + "{");
    ASSERT_TRUE(std::holds_alternative<LineFault>(line));
    EXPECT_EQ(std::get<LineFault>(line).kind, FaultKind::too_long);
}

TEST(LineProtocol, TakesAThousandValuesAndRefusesOneMore) {
    const auto line_of = [](std::size_t count) {
        std::string text = R"({"id":1,"key":"c","values":{)";
        for (std::size_t i = 0; i < count; ++i) {
            text += (i > 0 ? ",\"v" : "\"v") + std::to_string(i) + "\":1";
        }
        return parse_line(text + "}}");
    };
    const Line most = line_of(most_values);
    ASSERT_TRUE(std::holds_alternative<ReadingsLine>(most));
    EXPECT_EQ(std::get<ReadingsLine>(most).values.size(), most_values);
    const Line more = line_of(most_values + 1);
    ASSERT_TRUE(std::holds_alternative<LineFault>(more));
    EXPECT_EQ(std::get<LineFault>(more).kind, FaultKind::too_many_values);
    EXPECT_EQ(std::get<LineFault>(more).id, Value(std::int64_t{1}));
}

TEST(LineProtocol, WritesOneLineWhateverTheTexts) {
    EXPECT_EQ(accepted_line(Value(std::string("m\n7"))), "{\"id\":\"m\\n7\",\"accepted\":true}\n");
    EXPECT_EQ(accepted_in_memory_line(Value(std::int64_t{-1})),
              "{\"id\":-1,\"accepted\":true,\"durable\":false}\n");
    EXPECT_EQ(refused_line(Value(std::string("a")), "queue \"full\""),
              "{\"id\":\"a\",\"accepted\":false,\"error\":\"queue \\\"full\\\"\"}\n");
    EXPECT_EQ(command_line("17", "c", {{"valve", Value(true)}, {"set", Value(21.5)}}),
              "{\"command\":\"17\",\"key\":\"c\",\"write\":{\"valve\":true,\"set\":21.5}}\n");
}

TEST(FaultCounter, TellsTheFirstOfEachKindAndCountsAll) {
    FaultCounter faults;
    EXPECT_TRUE(faults.count(FaultKind::no_json));
    EXPECT_FALSE(faults.count(FaultKind::no_json));
    EXPECT_TRUE(faults.count(FaultKind::unknown_key));
    EXPECT_EQ(faults.of(FaultKind::no_json), 2u);
    EXPECT_EQ(faults.of(FaultKind::too_long), 0u);
}

}  // namespace
}  // namespace fieldway::exec
