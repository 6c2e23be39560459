#include "mapping/csv_encoder.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace fieldway::mapping {
namespace {

/// A reader of one record by RFC 4180, written from its grammar.
std::vector<std::string> fields_of(const std::string& line, char delimiter) {
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (std::size_t at = 0; at < line.size(); ++at) {
        const char c = line[at];
        if (quoted && c == '"' && at + 1 < line.size() && line[at + 1] == '"') {
            fields.back() += line[++at];
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && c == delimiter) {
            fields.emplace_back();
        } else if (!quoted && line.compare(at, 2, "\r\n") == 0) {
            return at + 2 == line.size() ? fields : std::vector<std::string>{"more than a record"};
        } else {
            fields.back() += c;
        }
    }
    return {"no end of the record"};
}

TEST(CsvRow, ComesBackAsItWasWhateverTheTexts) {
    EXPECT_TRUE(rc::check("texts in fields", [] {
        const auto delimiter = *rc::gen::element(',', ';', '|', '\t');
        const auto texts = *rc::gen::container<std::vector<std::string>>(
            3, rc::gen::container<std::string>(
                   rc::gen::oneOf(rc::gen::inRange<char>(' ', '~'),
                                  rc::gen::element('"', ',', ';', '|', '\t', '\r', '\n'))));
        config::CsvOptions options;
        options.delimiter = delimiter;
        options.quote_all = *rc::gen::arbitrary<bool>();
        const std::vector<std::string> names{"a", "b", "c"};
        options.columns = names;
        std::vector<Value> values(texts.begin(), texts.end());
        Content content;
        for (std::size_t i = 0; i < names.size(); ++i)
            content.samples.push_back({names[i], &values[i]});
        RC_ASSERT(fields_of(csv_row(options, content), delimiter) == texts);
    }));
}

TEST(CsvHeader, QuotesNamesLikeValues) {
    config::CsvOptions options;
    options.columns = {"timestamp", "T, supply", "plain"};
    EXPECT_EQ(csv_header(options), "timestamp,\"T, supply\",plain\r\n");
    options.header = false;
    EXPECT_EQ(csv_header(options), "");
}

}  // namespace
}  // namespace fieldway::mapping
