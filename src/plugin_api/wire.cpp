#include "plugin_api/wire.h"

#include <cassert>
#include <string_view>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace fieldway::wire {

namespace {

/// The least bytes of one reading: point, flags, two times, the kind of the value.
constexpr std::size_t least_reading_size = 4 + 1 + 8 + 8 + 1;
constexpr std::uint8_t reading_is_bad = 1;
constexpr std::uint8_t reading_has_own_time = 2;
/// The least bytes of one device's part: its number, its count, the length of an empty reason.
constexpr std::size_t least_device_size = 4 + 4 + 4;
/// The least bytes of one point of a command: its number, the kind of the value.
constexpr std::size_t least_point_size = 4 + 1;

/// What a payload can print: years 0 to 9999 (RFC 3339).
constexpr std::int64_t first_wall_ms = -62'167'219'200'000;
constexpr std::int64_t last_wall_ms = 253'402'300'799'999;

Error refused(std::string sentence) {
    return Error::drop_item(std::move(sentence));
}

struct WriteValue {
    LittleEndianWriter& out;
    void operator()(NoValue) const {}
    void operator()(bool v) const { out.number(static_cast<std::uint8_t>(v ? 1 : 0)); }
    void operator()(const std::string& v) const { out.counted(v); }
    void operator()(const Bytes& v) const { out.counted(ByteView(v)); }
    template <class Number>
    void operator()(Number v) const {
        out.number(v);
    }
};

void write(LittleEndianWriter& out, const Value& value) {
    out.number(
        static_cast<std::uint8_t>(value.index()));  // the order of the variant is that of the kinds
    std::visit(WriteValue{out}, value);
}

void write_point(LittleEndianWriter& out, std::uint32_t point, std::string_view name) {
    out.number(point);
    if (point == undeclared_point) out.counted(name);
}

void write(LittleEndianWriter& out, const std::vector<Reading>& readings) {
    for (const Reading& reading : readings) {
        write_point(out, reading.point, reading.name);
        out.number(static_cast<std::uint8_t>((reading.bad ? reading_is_bad : 0) |
                                             (reading.own_time ? reading_has_own_time : 0)));
        out.number(static_cast<std::int64_t>(reading.time.monotonic.time_since_epoch().count()));
        out.number(static_cast<std::int64_t>(reading.time.wall.time_since_epoch().count()));
        write(out, reading.value);
    }
}

template <class Items>
std::uint32_t count_of(const Items& items) {
    assert(items.size() <= most_readings && "split the batch: wire::most_readings is the limit");
    return static_cast<std::uint32_t>(items.size());
}

/// Reads and remembers the first thing that was wrong; done() gives it, or that bytes are missing
/// or left over.
class Decoder {
  public:
    Decoder(std::string_view kind, ByteView bytes) : kind_(kind), in_(bytes) {}

    template <class T>
    T number() {
        return in_.number<T>();
    }
    std::string text() { return std::string(in_.counted_text()); }

    /// A number below `limit`, as an enumeration counts.
    template <class Enum>
    Enum one_of(std::uint8_t limit, std::string_view what) {
        const auto raw = number<std::uint8_t>();
        if (in_.ok() && raw >= limit) {
            fail(fmt::format("{} {} is unknown; the last one known is {}", what, raw, limit - 1));
            return Enum{};
        }
        return static_cast<Enum>(raw);
    }

    bool flag(std::string_view what) { return one_of<std::uint8_t>(2, what) == 1; }

    /// The announced count, or 0 where the rest of the bytes cannot hold so many: nothing is
    /// allocated on the other side's word. At most most_readings in the whole message.
    std::uint32_t count(std::uint32_t items, std::size_t least_item_size) {
        if (!ok()) return 0;
        if (items > budget_) {
            fail(fmt::format("more than {} items; send them in parts", most_readings));
            return 0;
        }
        if (items > in_.left() / least_item_size) {
            fail(fmt::format("{} items announced, {} bytes follow", items, in_.left()));
            return 0;
        }
        budget_ -= items;
        return items;
    }

    Value value();
    Reading reading();
    PointValue point_value();
    std::vector<Reading> readings(std::uint32_t announced);

    void fail(std::string sentence) {
        if (wrong_.empty()) wrong_ = std::move(sentence);
    }
    [[nodiscard]] bool ok() const { return in_.ok() && wrong_.empty(); }

    template <class T>
    Result<T> done(T message) const {
        if (!wrong_.empty()) return refused(fmt::format("{}: {}", kind_, wrong_));
        if (!in_.ok()) return refused(fmt::format("{}: cut off", kind_));
        if (in_.left() > 0) return refused(fmt::format("{}: {} bytes too many", kind_, in_.left()));
        return message;
    }

  private:
    std::string_view kind_;
    LittleEndianReader in_;
    std::uint32_t budget_ = most_readings;
    std::string wrong_;
};

Value Decoder::value() {
    const auto kind = number<std::uint8_t>();
    switch (kind) {
        case 0:
            return NoValue{};
        case 1:
            return flag("a truth value of");
        case 2:
            return number<std::int64_t>();
        case 3:
            return number<std::uint64_t>();
        case 4:
            return number<float>();
        case 5:
            return number<double>();
        case 6:
            return text();
        case 7: {
            const ByteView bytes = in_.counted();
            return Bytes(bytes.begin(), bytes.end());
        }
        default:
            fail(fmt::format("a value of kind {} is unknown; the last one known is 7", kind));
    }
    return NoValue{};
}

Reading Decoder::reading() {
    Reading reading;
    reading.point = number<std::uint32_t>();
    if (reading.point == undeclared_point) reading.name = text();
    const auto flags = one_of<std::uint8_t>(4, "reading flags of");
    reading.bad = (flags & reading_is_bad) != 0;
    reading.own_time = (flags & reading_has_own_time) != 0;
    const auto monotonic_ns = number<std::int64_t>();
    const auto wall_ms = number<std::int64_t>();
    if (monotonic_ns < 0)
        fail(fmt::format("a monotonic time of {} ns; the least is 0", monotonic_ns));
    if (wall_ms < first_wall_ms || wall_ms > last_wall_ms) {
        fail(fmt::format("a wall time of {} ms since 1970 is not within the years 0 to 9999",
                         wall_ms));
    }
    if (ok()) {
        reading.time = {MonotonicTime(std::chrono::nanoseconds(monotonic_ns)),
                        WallTime(std::chrono::milliseconds(wall_ms))};
    }
    reading.value = value();
    return reading;
}

PointValue Decoder::point_value() {
    PointValue point;
    point.point = number<std::uint32_t>();
    if (point.point == undeclared_point) point.name = text();
    point.value = value();
    return point;
}

std::vector<Reading> Decoder::readings(std::uint32_t announced) {
    std::vector<Reading> readings;
    const std::uint32_t size = count(announced, least_reading_size);
    readings.reserve(size);
    for (std::uint32_t i = 0; i < size && ok(); ++i)
        readings.push_back(reading());
    return readings;
}

}  // namespace

std::string_view name_of(InputState state) {
    switch (state) {
        case InputState::starting:
            return "starting";
        case InputState::up:
            return "up";
        case InputState::degraded:
            return "degraded";
        case InputState::down:
            return "down";
        case InputState::failed:
            return "failed";
    }
    return "?";
}

Bytes encode(const std::vector<DeviceReadings>& readings) {
    Bytes bytes;
    LittleEndianWriter out(bytes);
    out.number(count_of(readings));
    for (const DeviceReadings& of_device : readings) {
        out.number(of_device.device);
        out.number(count_of(of_device.readings));
        out.counted(of_device.reason);
        write(out, of_device.readings);
    }
    return bytes;
}

Bytes encode(const State& state) {
    Bytes bytes;
    LittleEndianWriter out(bytes);
    out.number(static_cast<std::uint8_t>(state.of_device ? 1 : 0));
    out.number(state.device);
    out.number(static_cast<std::uint8_t>(state.state));
    out.counted(state.reason);
    out.counted(state.details);
    return bytes;
}

Bytes encode(const Command& command) {
    Bytes bytes;
    LittleEndianWriter out(bytes);
    out.number(command.number);
    out.number(static_cast<std::uint8_t>(command.kind));
    out.number(command.device);
    out.number(static_cast<std::int64_t>(command.expires.time_since_epoch().count()));
    out.counted(command.arguments);
    out.number(count_of(command.points));
    for (const PointValue& point : command.points) {
        write_point(out, point.point, point.name);
        write(out, point.value);
    }
    return bytes;
}

Bytes encode(const Outcome& outcome) {
    Bytes bytes;
    LittleEndianWriter out(bytes);
    out.number(outcome.number);
    out.number(static_cast<std::uint8_t>(outcome.status));
    out.counted(outcome.reason);
    out.counted(outcome.details);
    out.number(count_of(outcome.readings));
    write(out, outcome.readings);
    return bytes;
}

Result<std::vector<DeviceReadings>> decode_readings(ByteView bytes) {
    Decoder in("readings", bytes);
    std::vector<DeviceReadings> readings;
    const std::uint32_t devices = in.count(in.number<std::uint32_t>(), least_device_size);
    readings.reserve(devices);
    for (std::uint32_t i = 0; i < devices && in.ok(); ++i) {
        DeviceReadings of_device;
        of_device.device = in.number<std::uint32_t>();
        const auto size = in.number<std::uint32_t>();
        of_device.reason = in.text();
        of_device.readings = in.readings(size);
        readings.push_back(std::move(of_device));
    }
    return in.done(std::move(readings));
}

Result<State> decode_state(ByteView bytes) {
    Decoder in("state", bytes);
    State state;
    state.of_device = in.flag("a scope of");
    state.device = in.number<std::uint32_t>();
    state.state = in.one_of<InputState>(5, "a state of");
    state.reason = in.text();
    state.details = in.text();
    return in.done(std::move(state));
}

Result<Command> decode_command(ByteView bytes) {
    Decoder in("command", bytes);
    Command command;
    command.number = in.number<std::uint64_t>();
    command.kind = in.one_of<CommandKind>(4, "a command of kind");
    command.device = in.number<std::uint32_t>();
    command.expires = MonotonicTime(std::chrono::nanoseconds(in.number<std::int64_t>()));
    command.arguments = in.text();
    const std::uint32_t points = in.count(in.number<std::uint32_t>(), least_point_size);
    command.points.reserve(points);
    for (std::uint32_t i = 0; i < points && in.ok(); ++i)
        command.points.push_back(in.point_value());
    return in.done(std::move(command));
}

Result<Outcome> decode_outcome(ByteView bytes) {
    Decoder in("outcome", bytes);
    Outcome outcome;
    outcome.number = in.number<std::uint64_t>();
    outcome.status = in.one_of<OutcomeStatus>(4, "an outcome of status");
    outcome.reason = in.text();
    outcome.details = in.text();
    outcome.readings = in.readings(in.number<std::uint32_t>());
    return in.done(std::move(outcome));
}

}  // namespace fieldway::wire
