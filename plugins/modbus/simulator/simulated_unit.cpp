#include "modbus/simulator/simulated_unit.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "modbus/bus.h"
#include "modbus/pdu.h"

namespace fieldway::modbus::simulator {
namespace {

enum Exception : std::uint8_t { illegal_function = 1, illegal_address = 2, illegal_value = 3 };

constexpr std::uint16_t coil_on = 0xFF00;
constexpr std::uint8_t mei_identification = 14;
constexpr std::uint8_t one_object = 4;
/// The last object of each kind of identification: basic, regular, extended.
constexpr std::array<std::uint8_t, 4> last_objects = {0, 0x02, 0x7F, 0xFF};

std::uint16_t word_at(ByteView bytes, std::size_t place) {
    return static_cast<std::uint16_t>((bytes[place] << 8U) | bytes[place + 1]);
}

void append_word(Bytes& out, std::uint16_t word) {
    out.push_back(static_cast<std::uint8_t>(word >> 8U));
    out.push_back(static_cast<std::uint8_t>(word & 0xFFU));
}

std::vector<std::uint16_t> words_in(ByteView bytes) {
    std::vector<std::uint16_t> words;
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2)
        words.push_back(word_at(bytes, i));
    return words;
}

void append_words(Bytes& out, const std::vector<std::uint16_t>& words) {
    out.push_back(static_cast<std::uint8_t>(words.size() * 2));
    for (const std::uint16_t word : words)
        append_word(out, word);
}

void append_bits(Bytes& out, const std::vector<std::uint16_t>& bits) {
    const std::size_t bytes = (bits.size() + 7) / 8;
    out.push_back(static_cast<std::uint8_t>(bytes));
    const std::size_t start = out.size();
    out.resize(start + bytes);
    for (std::size_t i = 0; i < bits.size(); ++i) {
        if (bits[i] != 0)
            out[start + i / 8] = static_cast<std::uint8_t>(out[start + i / 8] | (1U << (i % 8)));
    }
}

}  // namespace

Bytes exception_answer(std::uint8_t function, std::uint8_t code) {
    return {static_cast<std::uint8_t>(function | exception_flag), code};
}

Result<SimulatedUnit> SimulatedUnit::make(const UnitOptions& options, std::uint64_t seed) {
    SimulatedUnit unit;
    unit.number_ = options.unit;
    unit.identification_ = options.identification;
    for (const PointOptions& point : options.points) {
        if (auto problem = unit.add(point, seed)) {
            return problem->within(fmt::format("{}:{}", name_of(point.area), point.address))
                .within(fmt::format("unit {}", options.unit));
        }
        seed += point.count;
    }
    for (Points& points : unit.areas_) {
        std::sort(points.begin(), points.end(),
                  [](const Point& a, const Point& b) { return a.address < b.address; });
        const auto overlap = std::adjacent_find(
            points.begin(), points.end(),
            [](const Point& a, const Point& b) { return a.address + a.words.size() > b.address; });
        if (overlap != points.end()) {
            return Error::drop_item(fmt::format(
                "unit {}: the registers at {} and {} overlap: the first takes {}", options.unit,
                overlap->address, std::next(overlap)->address, overlap->words.size()));
        }
    }
    return unit;
}

std::optional<Error> SimulatedUnit::add(const PointOptions& options, std::uint64_t seed) {
    Point point;
    point.layout = options.layout;
    point.writable = options.writable;
    const bool alive = std::holds_alternative<SignalOptions>(options.shows);
    const Value first = alive ? Value(0.0) : std::get<Value>(options.shows);
    if (alive && options.layout.type == RegisterType::string) {
        return Error::drop_item("a string has no wave: give it a value");
    }
    auto words = encode_words(options.layout, first);
    if (!words) return words.error();
    point.words = words.value();
    const std::size_t size = point.words.size();
    if (options.address + size * options.count > most_registers) {
        return Error::drop_item(fmt::format("{} times {} registers from {} reach beyond 65535",
                                            options.count, size, options.address));
    }
    for (std::uint32_t i = 0; i < options.count; ++i) {
        point.address = static_cast<std::uint16_t>(options.address + i * size);
        if (alive) point.signal.emplace(std::get<SignalOptions>(options.shows), seed + i);
        points_of(options.area).push_back(point);
    }
    return std::nullopt;
}

SimulatedUnit::Points::iterator SimulatedUnit::point_at(Points& points, std::uint16_t address) {
    auto after = std::upper_bound(
        points.begin(), points.end(), address,
        [](std::uint16_t wanted, const Point& point) { return wanted < point.address; });
    if (after == points.begin()) return points.end();
    --after;
    return address < after->address + after->words.size() ? after : points.end();
}

std::optional<std::vector<std::uint16_t>> SimulatedUnit::read(Area area, std::uint16_t address,
                                                              std::size_t count, Duration time) {
    Points& points = points_of(area);
    std::vector<std::uint16_t> words;
    words.reserve(count);
    std::size_t at = address;
    auto point = point_at(points, address);
    for (; words.size() < count; ++point) {
        if (point == points.end() || point->address > at) return std::nullopt;
        if (point->signal) {
            auto shown = encode_words(point->layout, Value(point->signal->at(time)));
            if (shown) point->words = std::move(shown.value());
        }
        for (; words.size() < count && at < point->address + point->words.size(); ++at) {
            words.push_back(point->words[at - point->address]);
        }
    }
    return words;
}

bool SimulatedUnit::write(Area area, std::uint16_t address, const std::vector<std::uint16_t>& words,
                          Duration time) {
    // All or nothing: everything is looked at first; reading settles what lives beside a part that
    // is written.
    if (!read(area, address, words.size(), time)) return false;
    Points& points = points_of(area);
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (!point_at(points, static_cast<std::uint16_t>(address + i))->writable) return false;
    }
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto point = point_at(points, static_cast<std::uint16_t>(address + i));
        point->signal.reset();
        point->words[address + i - point->address] = words[i];
    }
    return true;
}

Bytes SimulatedUnit::answer(ByteView request, Duration time) {
    if (request.empty()) return exception_answer(0, illegal_function);
    switch (request[0]) {
        case 1:
            return read_answer(request, Area::coil, time);
        case 2:
            return read_answer(request, Area::discrete, time);
        case 3:
            return read_answer(request, Area::holding, time);
        case 4:
            return read_answer(request, Area::input, time);
        case 5:
        case 6:
            return write_single(request, time);
        case 15:
        case 16:
            return write_several(request, time);
        case 22:
            return mask_write(request, time);
        case 23:
            return read_and_write(request, time);
        case 43:
            return identify(request);
        default:
            return exception_answer(request[0], illegal_function);
    }
}

Bytes SimulatedUnit::read_answer(ByteView request, Area area, Duration time) {
    if (request.size() != 5) return exception_answer(request[0], illegal_value);
    const std::uint16_t address = word_at(request, 1);
    const std::uint16_t count = word_at(request, 3);
    const std::uint16_t most = is_bit_area(area) ? most_bits_read : most_registers_read;
    if (count == 0 || count > most) return exception_answer(request[0], illegal_value);
    const auto words = read(area, address, count, time);
    if (!words) return exception_answer(request[0], illegal_address);
    Bytes answer = {request[0]};
    is_bit_area(area) ? append_bits(answer, *words) : append_words(answer, *words);
    return answer;
}

Bytes SimulatedUnit::write_single(ByteView request, Duration time) {
    if (request.size() != 5) return exception_answer(request[0], illegal_value);
    const bool coil = request[0] == 5;
    std::uint16_t word = word_at(request, 3);
    if (coil && word != 0 && word != coil_on) return exception_answer(request[0], illegal_value);
    if (coil) word = word != 0 ? 1 : 0;
    if (!write(coil ? Area::coil : Area::holding, word_at(request, 1), {word}, time)) {
        return exception_answer(request[0], illegal_address);
    }
    return {request.begin(), request.end()};
}

Bytes SimulatedUnit::write_several(ByteView request, Duration time) {
    if (request.size() < 7) return exception_answer(request[0], illegal_value);
    const bool coils = request[0] == 15;
    const std::size_t count = word_at(request, 3);
    const std::size_t bytes = coils ? (count + 7) / 8 : count * 2;
    if (count == 0 || count > (coils ? most_bits_written : most_registers_written) ||
        request[5] != bytes || request.size() != 6 + bytes) {
        return exception_answer(request[0], illegal_value);
    }
    std::vector<std::uint16_t> words;
    if (coils) {
        for (std::size_t i = 0; i < count; ++i)
            words.push_back((request[6 + i / 8] >> (i % 8)) & 1U);
    } else {
        words = words_in(request.subspan(6));
    }
    if (!write(coils ? Area::coil : Area::holding, word_at(request, 1), words, time)) {
        return exception_answer(request[0], illegal_address);
    }
    return {request.begin(), request.begin() + 5};
}

Bytes SimulatedUnit::mask_write(ByteView request, Duration time) {
    if (request.size() != 7) return exception_answer(request[0], illegal_value);
    const std::uint16_t address = word_at(request, 1);
    const std::uint16_t keep = word_at(request, 3);
    const std::uint16_t set = word_at(request, 5);
    const auto before = read(Area::holding, address, 1, time);
    if (!before) return exception_answer(request[0], illegal_address);
    const auto after = static_cast<std::uint16_t>((before->front() & keep) | (set & ~keep));
    if (!write(Area::holding, address, {after}, time))
        return exception_answer(request[0], illegal_address);
    return {request.begin(), request.end()};
}

Bytes SimulatedUnit::read_and_write(ByteView request, Duration time) {
    if (request.size() < 12) return exception_answer(request[0], illegal_value);
    const std::size_t count = word_at(request, 3);
    const std::size_t written = word_at(request, 7);
    if (count == 0 || count > most_registers_read || written == 0 ||
        written > most_registers_exchanged || request[9] != written * 2 ||
        request.size() != 10 + written * 2) {
        return exception_answer(request[0], illegal_value);
    }
    const std::uint16_t address = word_at(request, 1);
    if (!read(Area::holding, address, count, time) ||
        !write(Area::holding, word_at(request, 5), words_in(request.subspan(10)), time)) {
        return exception_answer(request[0], illegal_address);
    }
    Bytes answer = {request[0]};
    append_words(answer, *read(Area::holding, address, count, time));
    return answer;
}

/// As many objects as an answer holds; the rest is asked for by the number of the next one.
Bytes SimulatedUnit::identify(ByteView request) const {
    if (identification_.empty()) return exception_answer(request[0], illegal_function);
    if (request.size() != 4 || request[1] != mei_identification || request[2] < 1 ||
        request[2] > one_object) {
        return exception_answer(request[0], illegal_value);
    }
    const bool one = request[2] == one_object;
    const std::uint8_t last = one ? request[3] : last_objects[request[2]];
    const auto first = identification_.lower_bound(request[3]);
    if (first == identification_.end() || first->first > last ||
        (one && first->first != request[3])) {
        return exception_answer(request[0], illegal_address);
    }
    constexpr std::uint8_t regular_and_single = 0x82;
    constexpr std::size_t more_at = 4;
    Bytes answer = {request[0], mei_identification, request[2], regular_and_single, 0, 0, 0};
    for (auto object = first; object != identification_.end() && object->first <= last; ++object) {
        if (answer.size() + 2 + object->second.size() > longest_pdu) {
            answer[more_at] = 0xFF;
            answer[more_at + 1] = object->first;
            break;
        }
        answer.push_back(object->first);
        answer.push_back(static_cast<std::uint8_t>(object->second.size()));
        answer.insert(answer.end(), object->second.begin(), object->second.end());
        ++answer[more_at + 2];
    }
    return answer;
}

}  // namespace fieldway::modbus::simulator
