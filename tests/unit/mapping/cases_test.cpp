// Runs tests/cases/mapping/<name>/: config.json (a device), readings.jsonl (what happens, in
// order), expected.jsonl (every message that leaves, to the byte).
//
// A line of readings.jsonl: `at` is the time in milliseconds after 10:00:00 (monotonic and wall),
// and one of
//   "read": {"point": raw value, ...}    a batch; a name that is not declared is an undeclared
//   point "bad": ["point", ...]                points that could not be read, in the same batch
//   "due": true                          the interval timers are asked
//   "step": milliseconds                 the wall clock is set by so much, from now on
//   "rest": true                         the end: what is still gathered
// JSON payloads stand in expected.jsonl as they are, others as a text (binary: its hex digits) with
// the type beside it.
// After each line the timers are asked whenever next_due() says so, as the gateway does.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "case_device.h"
#include "mapping/mapper.h"
#include "support/files.h"

namespace fieldway::mapping {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

class CaseRun {
  public:
    explicit CaseRun(const config::DeviceOptions& device)
        : device_(device), mapper_(Mapper::make(device).value()) {}

    void step(const json::object& line) {
        const std::chrono::milliseconds at(line.at("at").as_int64());
        run_timers_until(at);
        if (line.contains("step"))
            wall_step_ += std::chrono::milliseconds(line.at("step").as_int64());
        Readings batch;
        if (line.contains("read")) {
            for (const auto& [name, value] : line.at("read").as_object()) {
                batch.readings.push_back(reading(name, at));
                batch.readings.back().value = test::raw_value_of(value);
            }
        }
        if (line.contains("bad")) {
            for (const auto& name : line.at("bad").as_array()) {
                batch.readings.push_back(reading(name.as_string(), at));
                batch.readings.back().bad = true;
            }
        }
        if (!batch.readings.empty()) note(at, mapper_.take(batch));
        if (line.contains("rest")) note(at, mapper_.rest());
    }
    void run_timers_until(std::chrono::milliseconds end) {
        for (;;) {
            const auto next = mapper_.next_due(stamp(at_));
            if (!next || *next > stamp(end).monotonic) break;
            at_ = std::max(at_, std::chrono::ceil<std::chrono::milliseconds>(
                                    *next - stamp(std::chrono::milliseconds(0)).monotonic));
            note(at_, mapper_.due(stamp(at_)));
        }
        at_ = end;
    }
    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    [[nodiscard]] Timestamp stamp(std::chrono::milliseconds at) const {
        constexpr std::chrono::milliseconds ten_o_clock(1'763'805'600'000);  // 2025-11-22T10:00:00Z
        return {MonotonicTime(std::chrono::hours(5) + at), WallTime(ten_o_clock + at + wall_step_)};
    }
    Reading reading(std::string_view name, std::chrono::milliseconds at) {
        Reading made;
        for (std::size_t i = 0; i < device_.points.size(); ++i) {
            if (device_.points[i].name == name) made.point = static_cast<PointNumber>(i);
        }
        if (made.point == undeclared_point) made.name = name;
        made.time = stamp(at);
        return made;
    }
    void note(std::chrono::milliseconds at, const std::vector<Message>& messages) {
        for (const Message& message : messages) {
            text_ += "{\"at\": " + std::to_string(at.count());
            if (!message.subtopic.empty()) text_ += ", \"subtopic\": \"" + message.subtopic + '"';
            if (message.lane != Lane::telemetry) {
                text_ += ", \"lane\": \"" + std::string(name_of(message.lane)) + '"';
            }
            text_ += payload_of(message) + "}\n";
        }
    }

    static std::string payload_of(const Message& message) {
        if (message.content_type == ContentType::json) {
            json::parse(message.payload);  // throws on what is no JSON
            return ", \"payload\": " + message.payload;
        }
        const bool binary = message.content_type == ContentType::binary;
        std::string out =
            ", \"type\": \"" + std::string(mime_of(message.content_type)) + "\", \"payload\": ";
        append_json_string(out, binary ? to_hex(as_bytes(message.payload)) : message.payload);
        return out;
    }

    config::DeviceOptions device_;
    Mapper mapper_;
    std::chrono::milliseconds at_{0};
    std::chrono::milliseconds wall_step_{0};
    std::string text_;
};

class MappingCase : public ::testing::TestWithParam<std::string> {};

TEST_P(MappingCase, GivesTheExpectedMessages) {
    const fs::path folder = fs::path(FIELDWAY_SOURCE_DIR "/tests/cases/mapping") / GetParam();
    CaseRun run(test::device_of(
        json::parse(fieldway::test::read_file(folder / "config.json")).as_object()));
    std::ifstream lines(folder / "readings.jsonl");
    for (std::string line; std::getline(lines, line);)
        run.step(json::parse(line).as_object());
    EXPECT_EQ(run.text(), fieldway::test::read_file(folder / "expected.jsonl"));
}

std::vector<std::string> case_names() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(FIELDWAY_SOURCE_DIR "/tests/cases/mapping")) {
        if (entry.is_directory()) names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

INSTANTIATE_TEST_SUITE_P(Cases, MappingCase, ::testing::ValuesIn(case_names()),
                         [](const auto& one) { return one.param; });

TEST(MappingCases, AreThere) {
    EXPECT_GE(case_names().size(), 25U);
}

}  // namespace
}  // namespace fieldway::mapping
