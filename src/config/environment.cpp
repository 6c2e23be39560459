#include "config/environment.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace fieldway::config {

namespace {

bool is_variable_name(std::string_view name) {
    if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
    });
}

void replace_in(Node& scalar, const Environment& environment, Diagnostics& diagnostics) {
    const auto refuse = [&](std::string sentence) {
        scalar.refused = true;
        diagnostics.error(scalar.place, std::move(sentence));
    };
    std::string replaced;
    bool changed = false;
    const std::string_view text = scalar.text;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '$' || i + 1 == text.size() || (text[i + 1] != '$' && text[i + 1] != '{')) {
            replaced += text[i];
            continue;
        }
        changed = true;
        ++i;
        if (text[i] == '$') {
            replaced += '$';
            continue;
        }
        const std::size_t end = text.find('}', i);
        if (end == std::string_view::npos) {
            refuse("${ has no closing }; write $$ for a $ that is meant as one");
            return;
        }
        const std::string name(text.substr(i + 1, end - i - 1));
        if (!is_variable_name(name)) {
            refuse("${" + name + "} names no environment variable; write $$ " +
                   "for a $ that is meant as one");
            return;
        }
        const std::optional<std::string> value = environment ? environment(name) : std::nullopt;
        if (!value) {
            refuse("the environment variable " + name +
                   " is not set; set it for the service, or write the value");
        } else {
            replaced += *value;
        }
        i = end;
    }
    if (!changed) return;
    scalar.written = std::exchange(scalar.text, std::move(replaced));
}

}  // namespace

void replace_variables(Node& node, const Environment& environment, Diagnostics& diagnostics) {
    if (node.kind == Node::Kind::scalar) replace_in(node, environment, diagnostics);
    for (Node& item : node.items)
        replace_variables(item, environment, diagnostics);
    for (Node::Entry& entry : node.entries)
        replace_variables(entry.value, environment, diagnostics);
}

}  // namespace fieldway::config
