#include "exec/line_protocol.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "base/json_members.h"
#include "base/nearest_name.h"

namespace fieldway::exec {

namespace {

/// Numbers below are seconds by mistake: as milliseconds they would lie before March 1973.
constexpr std::int64_t least_timestamp_ms = 100'000'000'000;
/// 9999-12-31T23:59:59.999Z, the last time that RFC 3339 can write.
constexpr std::int64_t most_timestamp_ms = 253'402'300'799'999;

const std::string* text_of(const JsonMember& member) {
    return member.kind == JsonKind::scalar ? std::get_if<std::string>(&member.value) : nullptr;
}

std::string shown(std::string_view name) {
    std::string out;
    append_json_string(out, name.substr(0, 40));
    return out;
}

/// The members of one line by name, and how they fail.
class Members {
  public:
    explicit Members(std::vector<JsonMember> members) : members_(std::move(members)) {}

    const JsonMember* find(std::string_view name) const {
        const auto at = std::find_if(members_.begin(), members_.end(),
                                     [&](const JsonMember& member) { return member.name == name; });
        return at == members_.end() ? nullptr : &*at;
    }
    /// A member that does not belong, or stands twice: a misspelt `timestamp` would be a wrong
    /// time.
    std::optional<LineFault> unexpected(std::span<const std::string> known) const {
        for (const JsonMember& member : members_) {
            if (std::find(known.begin(), known.end(), member.name) == known.end()) {
                const std::string near = nearest_name(member.name.substr(0, 64), known);
                return fault(FaultKind::unknown_member,
                             fmt::format("member {} is unknown{}{}", shown(member.name),
                                         near.empty() ? "" : "; did you mean ", near));
            }
            if (find(member.name) != &member) {
                return fault(FaultKind::unknown_member,
                             fmt::format("member {} stands twice", shown(member.name)));
            }
        }
        return std::nullopt;
    }
    LineFault fault(FaultKind kind, std::string sentence) const {
        return {kind, std::move(sentence), id()};
    }
    LineFault wrong(std::string_view name, std::string_view wanted) const {
        return fault(
            FaultKind::wrong_member,
            fmt::format("\"{}\" {}; it is {}", name,
                        find(name) == nullptr ? "is missing" : "has another type", wanted));
    }
    /// Text or integer, as the program wrote it; NoValue when there is none that can be given back.
    Value id() const {
        const JsonMember* member = find("id");
        if (member == nullptr || member->kind != JsonKind::scalar) return {};
        if (const auto* text = std::get_if<std::string>(&member->value)) {
            return text->size() <= most_id_bytes ? member->value : Value{};
        }
        const bool integer = std::holds_alternative<std::int64_t>(member->value) ||
                             std::holds_alternative<std::uint64_t>(member->value);
        return integer ? member->value : Value{};
    }

  private:
    std::vector<JsonMember> members_;
};

std::optional<LineFault> read_value(const Members& line, JsonMember& member,
                                    ReadingsLine& readings) {
    if (member.name.empty() || member.name.size() > most_name_bytes) {
        return line.fault(FaultKind::bad_name,
                          fmt::format("a value's name has {} bytes; it has 1 to {}",
                                      member.name.size(), most_name_bytes));
    }
    if (member.kind == JsonKind::out_of_range) {
        return line.fault(FaultKind::bad_number,
                          fmt::format("{} is a number beyond 64 bits; print it as text, or scaled",
                                      shown(member.name)));
    }
    if (member.kind != JsonKind::scalar) {
        return line.fault(
            FaultKind::nested_value,
            fmt::format("{} is an {}; a value is a number, a text, true, false or "
                        "null: give each part a name of its own",
                        shown(member.name), member.kind == JsonKind::array ? "array" : "object"));
    }
    readings.values.push_back({std::move(member.name), std::move(member.value)});
    return std::nullopt;
}

std::optional<LineFault> read_values(const Members& line, ReadingsLine& readings) {
    const JsonMember* values = line.find("values");
    if (values->kind != JsonKind::object) {
        return line.wrong("values", "an object of values by name");
    }
    if (values->members.size() > most_values) {
        return line.fault(FaultKind::too_many_values,
                          fmt::format("{} values in one line; the most is {}: split it",
                                      values->members.size(), most_values));
    }
    std::vector<JsonMember> members = values->members;
    std::unordered_set<std::string_view> names;
    for (const JsonMember& member : values->members) {
        if (!names.insert(member.name).second) {
            return line.fault(FaultKind::bad_name,
                              fmt::format("value {} stands twice", shown(member.name)));
        }
    }
    for (JsonMember& member : members) {
        if (auto fault = read_value(line, member, readings)) return fault;
    }
    return std::nullopt;
}

std::optional<std::int64_t> milliseconds_of(const Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
    if (const auto* number = std::get_if<double>(&value)) {
        // Compared before the cast: beyond 64 bits it would be undefined.
        if (std::abs(*number) < 1e17) return static_cast<std::int64_t>(std::floor(*number));
    }
    return std::nullopt;
}

std::optional<LineFault> read_timestamp(const Members& line, ReadingsLine& readings) {
    const JsonMember* member = line.find("timestamp");
    if (member == nullptr) return std::nullopt;
    const auto bad = [&](std::string_view why) {
        return line.fault(
            FaultKind::bad_timestamp,
            fmt::format("timestamp {} {}; it is RFC 3339 text or a number of "
                        "milliseconds since 1970",
                        member->kind == JsonKind::scalar ? to_json_text(member->value).substr(0, 60)
                                                         : "of another type",
                        why));
    };
    if (const std::string* text = text_of(*member)) {
        readings.timestamp = parse_rfc3339(*text);
        return readings.timestamp ? std::nullopt : std::optional(bad("is no time"));
    }
    const auto milliseconds =
        member->kind == JsonKind::scalar ? milliseconds_of(member->value) : std::nullopt;
    if (!milliseconds) return bad("is no time");
    if (*milliseconds < least_timestamp_ms) return bad("is before 1973, are these seconds?");
    if (*milliseconds > most_timestamp_ms) return bad("is after the year 9999");
    readings.timestamp = WallTime(std::chrono::milliseconds(*milliseconds));
    return std::nullopt;
}

Line readings_line(const Members& line) {
    static const std::array<std::string, 5> known{"key", "values", "bad", "timestamp", "id"};
    if (auto fault = line.unexpected(known)) return *fault;
    ReadingsLine readings;
    readings.id = line.id();
    if (line.find("id") != nullptr && !has_value(readings.id)) {
        return line.wrong("id",
                          fmt::format("a text of at most {} bytes or an integer", most_id_bytes));
    }
    const JsonMember* key = line.find("key");
    if (key == nullptr || text_of(*key) == nullptr) return line.wrong("key", "a text");
    readings.key = *text_of(*key);
    const JsonMember* bad = line.find("bad");
    if ((bad == nullptr) == (line.find("values") == nullptr)) {
        return line.fault(FaultKind::wrong_member,
                          bad == nullptr ? "neither \"values\" nor \"bad\" is there"
                                         : "both \"values\" and \"bad\" are there; one is meant");
    }
    if (bad != nullptr) {
        if (text_of(*bad) == nullptr) return line.wrong("bad", "a text: the reason");
        readings.bad = text_of(*bad)->substr(0, most_reason_bytes);
    } else if (auto fault = read_values(line, readings)) {
        return *fault;
    }
    if (auto fault = read_timestamp(line, readings)) return *fault;
    return readings;
}

Line answer_line(const Members& line) {
    static const std::array<std::string, 3> known{"command", "ok", "error"};
    if (auto fault = line.unexpected(known)) return *fault;
    const JsonMember* command = line.find("command");
    const JsonMember* ok = line.find("ok");
    const JsonMember* error = line.find("error");
    if (text_of(*command) == nullptr) return line.wrong("command", "the text that was sent");
    if (ok == nullptr || !std::holds_alternative<bool>(ok->value)) {
        return line.wrong("ok", "true or false");
    }
    if (error != nullptr && text_of(*error) == nullptr) return line.wrong("error", "a text");
    AnswerLine answer{*text_of(*command), std::get<bool>(ok->value), {}};
    if (error != nullptr) answer.error = text_of(*error)->substr(0, most_reason_bytes);
    return answer;
}

std::string answered(const Value& id, std::string_view rest) {
    std::string out = "{\"id\":";
    append_json(out, id);
    out += rest;
    return out;
}

}  // namespace

std::string_view name_of(FaultKind kind) {
    static constexpr std::array<std::string_view, fault_kinds> names{
        "no_json",       "too_long",    "unknown_member",  "wrong_member",
        "nested_value",  "bad_number",  "bad_name",        "too_many_values",
        "bad_timestamp", "unknown_key", "too_many_points", "unknown_command"};
    return names[static_cast<std::size_t>(kind)];
}

Line parse_line(std::string_view text) {
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return std::monostate{};
    if (text.size() > most_line_bytes) {
        return LineFault{FaultKind::too_long,
                         fmt::format("over {} bytes, the most a line may have", most_line_bytes),
                         {}};
    }
    auto members = parse_json_object(text);
    if (!members) {
        return LineFault{FaultKind::no_json,
                         members.error().sentence() +
                             "; a line is one object, {\"key\": ..., \"values\": {...}}",
                         {}};
    }
    const Members line(std::move(*members));
    return line.find("command") != nullptr ? answer_line(line) : readings_line(line);
}

std::string accepted_line(const Value& id) {
    return answered(id, ",\"accepted\":true}\n");
}

std::string accepted_in_memory_line(const Value& id) {
    return answered(id, ",\"accepted\":true,\"durable\":false}\n");
}

std::string refused_line(const Value& id, std::string_view error) {
    std::string rest = ",\"accepted\":false,\"error\":";
    append_json_string(rest, error);
    return answered(id, rest + "}\n");
}

std::string command_line(std::string_view command, std::string_view key,
                         const std::vector<NamedValue>& values) {
    std::string out = "{\"command\":";
    append_json_string(out, command);
    out += ",\"key\":";
    append_json_string(out, key);
    out += ",\"write\":{";
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (i > 0) out += ',';
        append_json_string(out, values[i].name);
        out += ':';
        append_json(out, values[i].value);
    }
    return out + "}}\n";
}

}  // namespace fieldway::exec
