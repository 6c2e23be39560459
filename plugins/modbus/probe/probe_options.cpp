#include "modbus/probe/probe_options.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "modbus/option_parts.h"

namespace fieldway::modbus {
namespace {

namespace json = boost::json;

constexpr int last_unit = 255;
constexpr int last_serial_unit = 247;
constexpr const char* serial_units = "1-247";
/// A device without others behind it answers to 1 or 255, or to all.
constexpr const char* socket_units = "1,255,0,2-254";

Error bad_word(std::string_view word, std::string_view what) {
    return Error::stop_device(fmt::format("{} {}", word, what));
}

bool is_number(std::string_view word) {
    return !word.empty() &&
           std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Result<int> number_in(std::string_view text, int least, int most) {
    int number = -1;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (text.empty() || read.ec != std::errc() || read.ptr != end || number < least ||
        number > most) {
        return bad_word(text, fmt::format("is no number from {} to {}", least, most));
    }
    return number;
}

/// `21.5`, `true` as JSON has them; anything else is text.
Value value_in(std::string_view text) {
    boost::system::error_code error;
    const json::value value = json::parse(text, error);
    if (error) return std::string(text);
    if (value.is_bool()) return value.get_bool();
    if (value.is_int64()) return value.get_int64();
    if (value.is_uint64()) return value.get_uint64();
    if (value.is_double()) return value.get_double();
    return std::string(value.is_string() ? std::string_view(value.get_string()) : text);
}

Result<std::uint8_t> take_unit(const ProbeRequest& request, std::vector<std::string>& words) {
    const auto option = optional_of<int>(request.options, "unit");
    if (words.empty() || !is_number(words.front())) {
        return static_cast<std::uint8_t>(option.value_or(1));
    }
    const Result<int> number = number_in(words.front(), 0, last_unit);
    if (!number) return number.error();
    if (option && *option != *number) {
        return Error::stop_device(
            fmt::format("unit {} and unit {} are given: which one?", *number, *option));
    }
    words.erase(words.begin());
    return static_cast<std::uint8_t>(*number);
}

InputPoint point_of(const ProbeRequest& request, std::size_t number, std::string name) {
    InputPoint point;
    point.number = static_cast<std::uint32_t>(number);
    point.options = point_presets();
    for (const auto& option : request.options)
        point.options[option.key()] = option.value();
    point.options["register"] = name;
    point.name = std::move(name);
    return point;
}

Verify verify_of(const json::object& options) {
    const auto verify = optional_of<std::string>(options, "verify").value_or("read-back");
    return verify == "echo" ? Verify::echo : verify == "none" ? Verify::none : Verify::read_back;
}

/// Which of two values of one register counts would depend on their order.
Result<> check_apart(const PointOptions& point, const ProbeAccess& access) {
    for (const PointOptions& other : access.device.points) {
        if (other.area != point.area) continue;
        const int end = point.address + registers_of(point.layout);
        const int other_end = other.address + registers_of(other.layout);
        if (point.address >= other_end || other.address >= end) continue;
        if (point.bits && other.bits && (point.bits->mask() & other.bits->mask()) == 0) continue;
        if (point.name == other.name) return bad_word(point.name, "stands twice; name it once");
        return bad_word(point.name, "writes over " + other.name + "; name one of the two");
    }
    return {};
}

Result<> add_point(const ProbeRequest& request, const std::string& word, ProbeAccess& access) {
    const bool writes = request.verb == "write";
    const std::size_t equals = word.find('=');
    if (writes && equals == std::string::npos) {
        return bad_word(word, "is no REGISTER=VALUE: holding:40=215");
    }
    InputPoint point = point_of(request, access.device.points.size(),
                                word.substr(0, writes ? equals : word.size()));
    point.writable = writes;
    point.verify = verify_of(request.options);
    const Result<PointOptions> options = read_point(point);
    if (!options) return bad_word(point.name, "cannot be asked: " + options.error().sentence());
    if (writes) {
        const BitWrites how = read_bit_writes(request.options);
        if (options->bits && how == BitWrites::refused) {
            return bad_word(word,
                            "is bits of a register: say --write-bits mask, where the device has "
                            "function 22, or --write-bits read-modify-write");
        }
        access.device.bit_writes = how;
        if (const Result<> apart = check_apart(*options, access); !apart) return apart.error();
        access.values.push_back(value_in(std::string_view(word).substr(equals + 1)));
    }
    access.device.points.push_back(*options);
    return {};
}

json::object line_options(const ProbeRequest& request) {
    json::object options = request.options;
    options["url"] = request.url;
    options["idle_timeout"] = 0;
    options["keepalive"] = 0;
    return options;
}

std::vector<std::string> parts_of(std::string_view text) {
    std::vector<std::string> parts;
    while (true) {
        const std::size_t comma = std::min(text.find(','), text.size());
        parts.emplace_back(text.substr(0, comma));
        if (comma == text.size()) return parts;
        text.remove_prefix(comma + 1);
    }
}

Result<std::vector<LineOptions>> serial_lines(const ProbeRequest& request) {
    const Result<std::vector<int>> bauds =
        parse_numbers(option_of<std::string>(request.options, "baud"), 300, 4'000'000);
    if (!bauds) return bad_word("--baud:", bauds.error().sentence());
    const std::vector<std::string> parities =
        parts_of(option_of<std::string>(request.options, "parity"));
    std::vector<LineOptions> lines;
    for (const int baud : *bauds) {
        for (const std::string& parity : parities) {
            if (parity != "none" && parity != "even" && parity != "odd") {
                return Error::stop_device(
                    fmt::format("--parity {} is none of none, even and odd", parity));
            }
            json::object options = line_options(request);
            options["baud"] = baud;
            options["parity"] = parity;
            Result<LineOptions> line = read_line(options);
            if (!line) return line.error();
            lines.push_back(std::move(*line));
        }
    }
    return lines;
}

Result<std::vector<LineOptions>> socket_lines(const ProbeRequest& request) {
    json::object options = line_options(request);
    options["baud"] = 9600;  // of a line behind a converter; it only tells how long a gap is
    options["parity"] = "none";
    Result<LineOptions> line = read_line(options);
    if (!line) return line.error();
    const auto ports = optional_of<std::string>(request.options, "ports");
    if (!ports || ports->empty()) return std::vector<LineOptions>{*line};
    const Result<std::vector<int>> numbers = parse_numbers(*ports, 1, 65535);
    if (!numbers) return bad_word("--ports:", numbers.error().sentence());
    std::vector<LineOptions> lines;
    for (const int port : *numbers) {
        line->endpoint.port = static_cast<std::uint16_t>(port);
        lines.push_back(*line);
    }
    return lines;
}

/// A point of the configuration, on the line of its input.
Result<ProbeAccess> access_of_settings(const ProbeRequest& request) {
    const Result<InputSettings> settings =
        input_settings_from_json(json::serialize(request.settings));
    if (!settings) return settings.error();
    Result<InputOptions> options = read_options(*settings);
    if (!options) return options.error();
    if (options->devices.size() != 1) return Error::stop_device("there must be one device");
    ProbeAccess access;
    access.line = options->line;
    access.device = std::move(options->devices.front());
    return access;
}

/// Of words.
Result<ProbeAccess> access_of_words(const ProbeRequest& request) {
    ProbeAccess access;
    const Result<LineOptions> line = read_line(line_options(request));
    if (!line) return line.error();
    access.line = *line;
    std::vector<std::string> words = request.words;
    const Result<std::uint8_t> unit = take_unit(request, words);
    if (!unit) return unit.error();
    access.device.unit = *unit;
    const bool serial = !has_numbers(access.line.endpoint.kind);
    if (serial && *unit > last_serial_unit) {
        return Error::stop_device(
            fmt::format("unit {} is not possible on a serial line: 1 to 247 are", *unit));
    }
    if (words.empty()) {
        return Error::stop_device(request.verb == "write"
                                      ? "nothing to write: name REGISTER=VALUE, holding:40=215"
                                      : "nothing to read: name AREA:ADDRESS, input:12");
    }
    for (const std::string& word : words) {
        if (const Result<> added = add_point(request, word, access); !added) return added.error();
        if (!serial || *unit != broadcast_unit) continue;
        const Result<> possible = check_broadcast(access.device.points.back());
        if (!possible) return possible.error();
    }
    return access;
}

}  // namespace

Result<std::vector<int>> parse_numbers(std::string_view text, int least, int most) {
    std::vector<int> numbers;
    const auto add = [&numbers](int number) {
        if (std::find(numbers.begin(), numbers.end(), number) == numbers.end())
            numbers.push_back(number);
    };
    for (const std::string& part : parts_of(text)) {
        const std::size_t dash = part.find('-');
        const Result<int> first = number_in(std::string_view(part).substr(0, dash), least, most);
        if (!first) return first.error();
        if (dash == std::string::npos) {
            add(*first);
            continue;
        }
        const Result<int> last = number_in(std::string_view(part).substr(dash + 1), *first, most);
        if (!last) return last.error();
        // Only units come as ranges; a range of speeds or ports would be a slip of a thousand.
        if (*last - *first > last_unit) return bad_word(part, "has more than 256 numbers");
        for (int number = *first; number <= *last; ++number)
            add(number);
    }
    return numbers;
}

Result<ProbeAccess> read_access(const ProbeRequest& request) {
    const bool writes = request.verb == "write";
    Result<ProbeAccess> made =
        request.settings.empty() || writes ? access_of_words(request) : access_of_settings(request);
    if (!made) return made.error();
    ProbeAccess& access = *made;
    access.decodings = optional_of<bool>(request.options, "decodings").value_or(false);
    access.count = optional_of<std::uint16_t>(request.options, "count").value_or(1);
    return made;
}

Result<ScanOptions> read_scan(const ProbeRequest& request) {
    const Result<Endpoint> endpoint = parse_endpoint(request.url);
    if (!endpoint) return endpoint.error();
    Result<std::vector<LineOptions>> lines =
        is_serial(endpoint->kind) ? serial_lines(request) : socket_lines(request);
    if (!lines) return lines.error();
    ScanOptions scan;
    scan.lines = std::move(*lines);
    const bool serial = !has_numbers(endpoint->kind);
    auto units = optional_of<std::string>(request.options, "units");
    if (!units || units->empty()) units = serial ? serial_units : socket_units;
    const Result<std::vector<int>> numbers =
        parse_numbers(*units, serial ? 1 : 0, serial ? last_serial_unit : last_unit);
    if (!numbers) return bad_word("--units:", numbers.error().sentence());
    for (const int number : *numbers)
        scan.units.push_back(static_cast<std::uint8_t>(number));
    scan.wait = option_of<Duration>(request.options, "wait");
    scan.thorough = option_of<bool>(request.options, "thorough");
    scan.identify = option_of<bool>(request.options, "identify");
    scan.all = option_of<bool>(request.options, "all");
    return scan;
}

}  // namespace fieldway::modbus
