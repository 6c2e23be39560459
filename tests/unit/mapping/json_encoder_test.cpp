#include "mapping/json_encoder.h"

#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace fieldway::mapping {
namespace {

TEST(JsonEncoder, IsValidWhateverNamesAndTextsHold) {
    EXPECT_TRUE(rc::check("any bytes as name and text", [] {
        const auto name = *rc::gen::arbitrary<std::string>();
        const Value text = *rc::gen::arbitrary<std::string>();
        const auto payload = encode_json({name, {}, {}, {{name, &text}}});
        boost::system::error_code error;
        boost::json::parse(payload, error);
        RC_ASSERT(!error);
    }));
}

TEST(JsonEncoder, KeepsTheOrderOfItsSamples) {
    EXPECT_TRUE(rc::check("order in is order out", [] {
        const auto count = *rc::gen::inRange<std::size_t>(0, 30);
        const Value value = std::int64_t{1};
        std::vector<std::string> names;
        for (std::size_t i = 0; i < count; ++i)
            names.push_back("p" + std::to_string(i * 7 % 31));
        Content content{"t", config::TimestampFormat::unix_ms, {}, {}};
        for (const auto& name : names)
            content.samples.push_back({name, &value});
        const boost::json::object parsed = boost::json::parse(encode_json(content)).as_object();
        RC_ASSERT(parsed.size() == count + 1);
        RC_ASSERT(parsed.begin()->key() == "t");
        for (std::size_t i = 0; i < count; ++i) {
            RC_ASSERT(std::string((parsed.begin() + static_cast<std::ptrdiff_t>(i + 1))->key()) ==
                      names[i]);
        }
    }));
}

TEST(JsonEncoder, AnEmptyMessageIsAnEmptyObject) {
    EXPECT_EQ(encode_json({"t", config::TimestampFormat::none, {}, {}}), "{}");
}

}  // namespace
}  // namespace fieldway::mapping
