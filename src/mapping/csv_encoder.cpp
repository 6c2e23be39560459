#include "mapping/csv_encoder.h"

#include <string_view>

namespace fieldway::mapping {

namespace {

bool needs_quotes(const config::CsvOptions& options, std::string_view field) {
    const std::string_view quoted_for = "\"\r\n";
    return field.empty() || field.front() == ' ' || field.back() == ' ' ||
           field.find(options.delimiter) != std::string_view::npos ||
           field.find_first_of(quoted_for) != std::string_view::npos;
}

void append_field(std::string& out, const config::CsvOptions& options, std::string_view field) {
    if (!options.quote_all && !needs_quotes(options, field)) {
        out += field;
        return;
    }
    out += '"';
    for (const char c : field) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

}  // namespace

std::string csv_header(const config::CsvOptions& options) {
    std::string line;
    if (!options.header) return line;
    for (const std::string& column : options.columns) {
        if (!line.empty()) line += options.delimiter;
        append_field(line, options, column);
    }
    return line + "\r\n";
}

std::string csv_row(const config::CsvOptions& options, const Content& content) {
    std::string line;
    bool first = true;
    for (const std::string& column : options.columns) {
        if (!first) line += options.delimiter;
        first = false;
        if (column == config::timestamp_name) {
            if (content.time.settled) {
                append_field(line, options, timestamp_text(content));
            } else {
                // In quotes where texts are: an unquoted time may hold the delimiter.
                line += "\"\"";
                note_lacking(content, line.size() - 1, 0, false);
            }
            continue;
        }
        const Value* value = content.find(column);
        if (value == nullptr) continue;
        if (const auto text = plain_text(*value)) append_field(line, options, *text);
    }
    return line + "\r\n";
}

}  // namespace fieldway::mapping
