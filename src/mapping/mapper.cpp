#include "mapping/mapper.h"

#include <algorithm>
#include <cassert>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "mapping/expression.h"
#include "mapping/message_builder.h"
#include "mapping/point_table.h"

namespace fieldway::mapping {

namespace {

constexpr std::size_t most_names_told = 20;  // in one sentence

}  // namespace

struct Mapper::State {
    PointTable points;
    std::vector<MessageBuilder> messages;
    UniqueTimes times;
    std::uint64_t made = 0;

    template <class Wanted>
    void collect_polled(std::vector<Message>& out, const Wanted& wanted) {
        for (MessageBuilder& builder : messages) {
            if (builder.at_interval() || !wanted(builder)) continue;
            if (auto message = builder.polled(points, times)) out.push_back(std::move(*message));
        }
    }
};

Mapper::Mapper(std::unique_ptr<State> state) : state_(std::move(state)) {}
Mapper::Mapper(Mapper&&) noexcept = default;
Mapper& Mapper::operator=(Mapper&&) noexcept = default;
Mapper::~Mapper() = default;

Result<Mapper> Mapper::make(const config::DeviceOptions& options) {
    auto points = PointTable::make(options, most_undeclared);
    if (!points) return points.error().within("device " + options.id.text());
    auto state = std::make_unique<State>(State{std::move(*points), {}, {}, 0});
    for (const config::MessageOptions& message : options.messages) {
        state->messages.emplace_back(options, message, state->points);
    }
    return Mapper(std::move(state));
}

std::vector<Message> Mapper::take(const Readings& readings) {
    std::vector<Message> messages;
    PointTable& points = state_->points;
    for (const Reading& reading : readings.readings) {
        const auto slot = points.slot_of(reading);
        if (!slot) continue;
        // One batch may end one poll and begin the next: the first one's message leaves before it
        // is overwritten.
        state_->collect_polled(messages, [&](const MessageBuilder& builder) {
            return builder.would_lose(*slot, points);
        });
        points.put(*slot, reading);
    }
    state_->collect_polled(messages, [](const MessageBuilder&) { return true; });
    state_->made += messages.size();
    return messages;
}

std::vector<Message> Mapper::due(const Timestamp& now) {
    std::vector<Message> messages;
    for (MessageBuilder& builder : state_->messages) {
        if (!builder.at_interval()) continue;
        builder.due(state_->points, state_->times, now, messages);
    }
    state_->made += messages.size();
    return messages;
}

std::vector<Message> Mapper::rest() {
    std::vector<Message> messages;
    for (MessageBuilder& builder : state_->messages) {
        if (auto message = builder.rest()) messages.push_back(std::move(*message));
    }
    state_->made += messages.size();
    return messages;
}

std::optional<MonotonicTime> Mapper::next_due(const Timestamp& now) const {
    std::optional<MonotonicTime> next;
    for (const MessageBuilder& builder : state_->messages) {
        if (!builder.at_interval()) continue;
        const MonotonicTime at = builder.next_due(now);
        next = next ? std::min(*next, at) : at;
    }
    return next;
}

std::vector<std::pair<std::string, Reading>> Mapper::last() const {
    std::vector<std::pair<std::string, Reading>> found;
    const auto& slots = state_->points.slots();
    for (std::size_t i = 0; i < slots.size(); ++i) {
        const PointSlot& slot = slots[i];
        if (slot.read_at == 0) continue;
        const auto number = slot.declared ? static_cast<PointNumber>(i) : undeclared_point;
        found.emplace_back(slot.name, Reading{number, slot.declared ? std::string() : slot.name,
                                              slot.value, slot.bad, slot.time});
    }
    return found;
}

Result<PointNumber> Mapper::point_of(std::string_view name) const {
    std::vector<std::string> names;
    for (const PointMap& map : state_->points.maps()) {
        if (map.name() == name) return static_cast<PointNumber>(names.size());
        names.push_back(map.name());
    }
    std::string shown;
    append_json_string(shown, name);
    std::string sentence = "the device has no point " + shown;
    if (const auto near = nearest_name(name, names); !near.empty()) {
        sentence += "; did you mean " + near + "?";
    } else if (names.empty()) {
        sentence += "; it declares none, and only declared points can be asked for";
    } else {
        const std::size_t shown_names = std::min(names.size(), most_names_told);
        sentence +=
            fmt::format("; it has {}{}",
                        fmt::join(names.begin(),
                                  names.begin() + static_cast<std::ptrdiff_t>(shown_names), ", "),
                        shown_names < names.size() ? " and others" : "");
    }
    return Error::drop_item(std::move(sentence));
}

Result<Value> Mapper::to_raw(PointNumber point, const Value& value) const {
    assert(point < state_->points.maps().size() && "a number that point_of did not give");
    return state_->points.maps()[point].to_raw(value);
}

Value Mapper::map(const Reading& reading) const {
    return state_->points.map(reading);
}

MapperFigures Mapper::figures() const {
    MapperFigures figures{state_->points.readings(), state_->made, state_->points.refused(), 0,
                          state_->points.newest_good()};
    for (const MessageBuilder& builder : state_->messages)
        figures.held_back += builder.held_back();
    return figures;
}

Result<> check_expression(std::string_view expression) {
    const auto compiled = Expression::compile(expression);
    if (!compiled) return compiled.error();
    return {};
}

Result<> check_inverse(std::string_view expression) {
    const auto compiled = Expression::compile(expression);
    if (!compiled) return compiled.error();
    if (compiled->as_line()) return {};
    return Error::stop_device("the expression cannot be undone (it is no a * value + b)");
}

Result<> check_payload(const Message& message, std::uint64_t most_bytes) {
    const std::size_t bytes =
        message.payload.size() + message.lacks.size() * TimePlace::most_growth;
    if (bytes <= most_bytes) return {};
    return Error::drop_item(fmt::format(
        "a message of device {} has {} bytes; the uplink's limits.message_bytes is {}; put fewer "
        "points into it, or raise the limit if the platform allows",
        message.device.text(), bytes, most_bytes));
}

}  // namespace fieldway::mapping
