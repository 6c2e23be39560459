// The payload formats of messages: their options, and what is wrong with them.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "config/checker.h"
#include "config/diagnostic.h"
#include "config/payload_template.h"
#include "flow/message.h"
#include "plugin_api/options.h"

namespace fieldway::config {

struct DeviceOptions;

/// What stands for the time of the acquisition in columns, templates and fields.
inline constexpr const char* timestamp_name = "timestamp";
/// And for the device's id, in templates.
inline constexpr const char* device_name = "device";

struct CsvOptions {
    static constexpr std::int64_t most_rows = 10'000;  ///< of one message

    std::vector<std::string> columns;  ///< names of points, and `timestamp`
    bool header = true;
    char delimiter = ',';
    bool quote_all = false;
    Duration sample{};  ///< a row so often; zero: one row a message
    /// Rows that would make a message larger than this begin the next one: the uplink's limit.
    std::uint64_t most_bytes = std::numeric_limits<std::uint64_t>::max();

    friend bool operator==(const CsvOptions&, const CsvOptions&) = default;
};

/// A place of a point in the JSON: `meter.energy.total`.
struct JsonField {
    std::string path;
    std::string point;
    friend bool operator==(const JsonField&, const JsonField&) = default;
};

enum class BinaryType : std::uint8_t {
    int8,
    uint8,
    int16,
    uint16,
    int32,
    uint32,
    int64,
    uint64,
    float32,
    float64
};

struct BinaryField {
    std::string point;  ///< or `timestamp`
    BinaryType type = BinaryType::uint16;
    double scale = 1;  ///< the value is multiplied by it, then rounded for an integer type
    std::optional<std::int64_t> no_value;  ///< what stands for no value

    friend bool operator==(const BinaryField&, const BinaryField&) = default;
};

struct BinaryOptions {
    std::string point;                ///< its bytes are the payload; or
    std::vector<BinaryField> fields;  ///< numbers, one behind the other
    bool little_endian = false;

    friend bool operator==(const BinaryOptions&, const BinaryOptions&) = default;
};

/// What the format of a message needs; the parts of other formats are empty.
struct FormatOptions {
    ContentType type = ContentType::json;
    std::vector<JsonField> fields;  ///< json; empty: flat, all points
    CsvOptions csv;
    PayloadTemplate text;  ///< text and xml
    std::string no_value;  ///< stands for no value in them
    BinaryOptions binary;

    friend bool operator==(const FormatOptions&, const FormatOptions&) = default;
};

/// Its word in the configuration.
std::string_view format_name(ContentType type);

/// `format`, `fields`, `csv`, `text`, `xml`, `binary`.
OptionTable format_table();

/// The format of the message at `path`.
FormatOptions make_format(const boost::json::object& values, const CheckedMap& device,
                          const std::string& path, Diagnostics& diagnostics);

/// Once the device is whole: names that its messages' formats refer to. Fills in what was left out:
/// the columns of a CSV, and a message's points from what its format names. `known` are the points
/// that there can be; empty: any.
void complete_formats(DeviceOptions& device, const CheckedMap& checked,
                      const std::vector<std::string>& known, Diagnostics& diagnostics);

}  // namespace fieldway::config
