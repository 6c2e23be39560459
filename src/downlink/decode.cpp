#include "downlink/decode.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/json_members.h"
#include "config/command_options.h"

namespace fieldway::downlink {

namespace {

constexpr std::string_view envelope_key = "configuration";
constexpr std::size_t longest_shown = 60;

/// As it stands in a sentence.
std::string shown(const std::string& name) {
    return as_utf8(name.substr(0, longest_shown));
}

Result<std::string> id_of(const JsonMember& member) {
    std::string id;
    if (const auto* text = std::get_if<std::string>(&member.value)) {
        id = *text;
    } else if (std::holds_alternative<std::int64_t>(member.value) ||
               std::holds_alternative<std::uint64_t>(member.value)) {
        id = to_json_text(member.value);
    }
    if (id.empty() || id.size() > Decoded::longest_id) {
        return Error::drop_item(fmt::format("id must be a text of 1 to {} bytes, or a whole number",
                                            Decoded::longest_id));
    }
    return id;
}

std::string_view kind_name(JsonKind kind) {
    switch (kind) {
        case JsonKind::array:
            return "an array";
        case JsonKind::object:
            return "an object";
        case JsonKind::out_of_range:
            return "a number out of all ranges";
        case JsonKind::scalar:
            break;
    }
    return "a value";
}

}  // namespace

std::string Decoded::content() const {
    auto sorted = values;
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& one, const auto& other) { return one.first < other.first; });
    std::string content;
    for (const auto& [name, value] : sorted) {
        append_json_string(content, name);
        content += ':';
        content += to_json_text(value);
        content += '\n';
    }
    return content;
}

Result<Decoded> decode(std::string_view payload, bool configuration) {
    auto members = parse_json_object(payload);
    if (!members) return members.error();
    if (configuration) {
        const auto inner =
            std::find_if(members->begin(), members->end(), [](const JsonMember& member) {
                return member.name == envelope_key && member.kind == JsonKind::object;
            });
        if (inner != members->end()) {
            std::vector<JsonMember> unwrapped = std::move(inner->members);
            *members = std::move(unwrapped);
        }
    }
    Decoded decoded;
    std::set<std::string_view> names;
    for (const JsonMember& member : *members) {
        if (!names.insert(member.name).second) {
            return Error::drop_item(shown(member.name) + " stands twice; name it once");
        }
        if (member.kind != JsonKind::scalar) {
            return Error::drop_item(
                fmt::format("{} is {}; it must be a number, a text, true or "
                            "false",
                            shown(member.name), kind_name(member.kind)));
        }
        if (member.name == config::command_id_key) {
            auto id = id_of(member);
            if (!id) return id.error();
            decoded.id = std::move(*id);
        } else {
            decoded.values.emplace_back(member.name, member.value);
        }
    }
    if (decoded.values.empty()) {
        return Error::drop_item("it names no point; {\"setpoint\": 21.5} writes one");
    }
    if (decoded.values.size() > Decoded::most_points) {
        return Error::drop_item(fmt::format("it names {} points; the most is {}",
                                            decoded.values.size(), Decoded::most_points));
    }
    return decoded;
}

}  // namespace fieldway::downlink
