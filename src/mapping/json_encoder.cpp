#include "mapping/json_encoder.h"

#include <algorithm>

namespace fieldway::mapping {

namespace {

/// Of an object that begins with the last {.
void append_key(std::string& out, std::string_view key) {
    if (out.back() != '{') out += ',';
    append_json_string(out, key);
    out += ':';
}

void append_timestamp(std::string& out, const Content& content) {
    using config::TimestampFormat;
    if (content.timestamp_format == TimestampFormat::none) return;
    append_key(out, content.timestamp_key);
    if (!content.time.settled) {
        constexpr std::string_view no_time = "null";
        note_lacking(content, out.size(), no_time.size(), true);
        out += no_time;
        return;
    }
    const bool text = content.timestamp_format == TimestampFormat::rfc3339;
    out += text ? '"' + timestamp_text(content) + '"' : timestamp_text(content);
}

}  // namespace

std::string encode_json(const Content& content) {
    std::string out = "{";
    append_timestamp(out, content);
    for (const Sample& sample : content.samples) {
        append_key(out, sample.name);
        append_json(out, *sample.value);
    }
    out += '}';
    return out;
}

JsonTree::JsonTree(const std::vector<config::JsonField>& fields) {
    for (const config::JsonField& field : fields) {
        std::vector<Node>* level = &top_;
        std::string_view path = field.path;
        for (;;) {
            const std::size_t dot = path.find('.');
            const std::string_view name = path.substr(0, dot);
            auto at = std::find_if(level->begin(), level->end(),
                                   [&](const Node& node) { return node.name == name; });
            if (at == level->end()) at = level->insert(at, {std::string(name), "", {}});
            if (dot == std::string_view::npos) {
                at->point = field.point;
                break;
            }
            level = &at->below;
            path.remove_prefix(dot + 1);
        }
    }
}

std::string JsonTree::encode(const Content& content) const {
    std::string out = "{";
    append_timestamp(out, content);
    for (const Node& node : top_)
        append(out, node, content);
    out += '}';
    return out;
}

/// Whether it said something.
bool JsonTree::append(std::string& out, const Node& node, const Content& content) {
    const std::size_t before = out.size();
    if (node.below.empty()) {
        const Value* value = content.find(node.point);
        if (value == nullptr) return false;
        append_key(out, node.name);
        append_json(out, *value);
        return true;
    }
    append_key(out, node.name);
    out += '{';
    bool any = false;
    for (const Node& below : node.below)
        any = append(out, below, content) || any;
    out += '}';
    if (!any) out.resize(before);
    return any;
}

}  // namespace fieldway::mapping
