#include "app/text_table.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/json_text.h"

namespace fieldway::app {

namespace json = boost::json;

std::string cell_of(const json::object& row, std::string_view key) {
    const json::value* value = row.if_contains(key);
    if (value == nullptr) return "";
    std::string text = value->is_string() ? std::string(value->get_string()) : to_json_text(*value);
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
    return text;
}

std::string table(const json::array& rows, const std::vector<std::string>& columns) {
    std::vector<std::size_t> widths;
    for (const std::string& column : columns)
        widths.push_back(column.size());
    for (const json::value& row : rows) {
        for (std::size_t i = 0; i < columns.size(); ++i) {
            widths[i] = std::max(widths[i], cell_of(row.as_object(), columns[i]).size());
        }
    }
    std::string out;
    const auto line = [&](const auto& cell) {
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const bool last = i + 1 == columns.size();
            out += fmt::format("{:<{}}", cell(i), last ? 0 : widths[i] + 2);
        }
        out.erase(out.find_last_not_of(' ') + 1);
        out += '\n';
    };
    line([&](std::size_t i) { return columns[i]; });
    for (const json::value& row : rows) {
        line([&](std::size_t i) { return cell_of(row.as_object(), columns[i]); });
    }
    return out;
}

}  // namespace fieldway::app
