#include "config/format_options.h"

#include <array>
#include <cctype>
#include <utility>

#include "config/choice.h"
#include "config/xml_shape.h"

namespace fieldway::config {

namespace json = boost::json;

namespace {

using namespace std::chrono_literals;
using enum OptionType;

constexpr std::array formats{
    Choice<ContentType>{"json", ContentType::json}, Choice<ContentType>{"csv", ContentType::csv},
    Choice<ContentType>{"text", ContentType::text}, Choice<ContentType>{"xml", ContentType::xml},
    Choice<ContentType>{"binary", ContentType::binary}};
constexpr std::array quotings{Choice<bool>{"needed", false}, Choice<bool>{"all", true}};
constexpr std::array byte_orders{Choice<bool>{"big", false}, Choice<bool>{"little", true}};
constexpr std::array binary_types{Choice<BinaryType>{"int8", BinaryType::int8},
                                  Choice<BinaryType>{"uint8", BinaryType::uint8},
                                  Choice<BinaryType>{"int16", BinaryType::int16},
                                  Choice<BinaryType>{"uint16", BinaryType::uint16},
                                  Choice<BinaryType>{"int32", BinaryType::int32},
                                  Choice<BinaryType>{"uint32", BinaryType::uint32},
                                  Choice<BinaryType>{"int64", BinaryType::int64},
                                  Choice<BinaryType>{"uint64", BinaryType::uint64},
                                  Choice<BinaryType>{"float32", BinaryType::float32},
                                  Choice<BinaryType>{"float64", BinaryType::float64}};

OptionTable csv_table() {
    return {
        option("columns", texts,
               "names of points; `timestamp` is the time, whatever its key; the time and the "
               "message's points when it is not given"),
        option("header", boolean, "whether each message begins with the names of the columns")
            .preset(true),
        option("delimiter", text, "between two columns: one character").preset(",").within(1, 1),
        option("quote", choice, "which fields stand in quotes: those that need it, or all")
            .choices(words_of(quotings))
            .preset("needed"),
        option("sample", duration,
               "a row so often, aligned to the wall clock, gathered until the message's "
               "`every` ends; one row a message when it is not given")
            .within(100ms, 24h)};
}

OptionTable template_table(const std::string& example) {
    return {option("template", text,
                   "the payload; {NAME} stands for a point's value, {timestamp} and {device} too, "
                   "{{ for a brace: " +
                       example)
                .within(1, 65'536),
            option("no_value", text, "what stands for a point without a value")
                .preset("")
                .within(0, 64)};
}

OptionTable binary_table() {
    return {
        option("point", text, "the point whose bytes are the whole payload: the raw frame"),
        option("byte_order", choice, "of the fields").choices(words_of(byte_orders)).preset("big"),
        option("fields", groups, "numbers, packed one behind the other")
            .members({option("point", text,
                             "its name; `timestamp` is the time: seconds since 1970 in 32 "
                             "bits, milliseconds in 64")
                          .required(),
                      option("type", choice, "how it is packed")
                          .choices(words_of(binary_types))
                          .required(),
                      option("scale", number, "the value is multiplied by it first").preset(1),
                      option("no_value", integer,
                             "of an integer: what stands for no value, and for one that the "
                             "type cannot hold; the smallest of a signed type, the largest "
                             "of an unsigned one when it is not given; NaN of a float")})};
}

/// Whether a type can hold a number.
bool holds(BinaryType type, std::int64_t number) {
    switch (type) {
        case BinaryType::int8:
            return std::in_range<std::int8_t>(number);
        case BinaryType::uint8:
            return std::in_range<std::uint8_t>(number);
        case BinaryType::int16:
            return std::in_range<std::int16_t>(number);
        case BinaryType::uint16:
            return std::in_range<std::uint16_t>(number);
        case BinaryType::int32:
            return std::in_range<std::int32_t>(number);
        case BinaryType::uint32:
            return std::in_range<std::uint32_t>(number);
        case BinaryType::uint64:
            return number >= 0;
        case BinaryType::int64:
        case BinaryType::float32:
        case BinaryType::float64:
            return true;
    }
    return true;
}

/// What one format's keys say.
class Maker {
  public:
    Maker(const json::object& values, const CheckedMap& device, std::string path,
          Diagnostics& diagnostics)
        : values_(values), device_(device), path_(std::move(path)), diagnostics_(diagnostics) {}

    FormatOptions make() {
        format_.type = chosen(formats, values_.at("format"));
        refuse_others();
        switch (format_.type) {
            case ContentType::json:
                make_fields();
                break;
            case ContentType::csv:
                make_csv();
                break;
            case ContentType::text:
            case ContentType::xml:
                make_template();
                break;
            case ContentType::binary:
                make_binary();
                break;
        }
        return std::move(format_);
    }

  private:
    void error(const std::string& key, std::string sentence) {
        diagnostics_.error(device_.place(path_ + "." + key), std::move(sentence));
    }
    [[nodiscard]] const json::object& group_of(std::string_view key) const {
        return values_.at(key).as_object();
    }

    void refuse_others() {
        const std::string own(word_of(formats, format_.type));
        if (!device_.sound(path_ + ".format")) return;
        for (const char* key : {"csv", "text", "xml", "binary", "fields"}) {
            const std::string belongs = key == std::string("fields") ? "json" : key;
            if (belongs == own || !device_.given(path_ + "." + key)) continue;
            error(key, std::string(key) + " belongs to `format: " + belongs +
                           "`; the format here is " + own);
        }
    }

    void make_fields() {
        const json::value* fields = values_.if_contains("fields");
        if (fields == nullptr || !fields->is_object()) return;
        for (const auto& field : fields->get_object()) {
            JsonField made{std::string(field.key()), std::string(field.value().as_string())};
            if (std::string why = why_no_path(made.path); !why.empty()) {
                diagnostics_.error(place_of_field(made.path), std::move(why));
            } else {
                format_.fields.push_back(std::move(made));
            }
        }
    }

    /// A path may end where another one goes on: one of the two could not be written.
    [[nodiscard]] std::string why_no_path(const std::string& path) const {
        if (path.empty() || path.front() == '.' || path.back() == '.' ||
            path.find("..") != std::string::npos) {
            return "the path " + shown_text(path) +
                   " has an empty part; it is names with dots between them";
        }
        for (const JsonField& other : format_.fields) {
            if (path.starts_with(other.path + ".") || other.path.starts_with(path + ".")) {
                return "the path " + shown_text(path) + " and " + shown_text(other.path) +
                       " exclude each other: what holds a value cannot hold names";
            }
        }
        return "";
    }

    [[nodiscard]] Place place_of_field(const std::string& path) const {
        const Node* node = device_.node_of(path_ + ".fields");
        const Node::Entry* entry = node == nullptr ? nullptr : node->find(path);
        return entry == nullptr ? device_.place(path_ + ".fields") : entry->key_place;
    }

    void make_csv() {
        const json::object& csv = group_of("csv");
        CsvOptions& made = format_.csv;
        if (const auto* columns = csv.if_contains("columns")) {
            for (const json::value& column : columns->as_array())
                made.columns.emplace_back(column.as_string());
        }
        made.header = option_of<bool>(csv, "header");
        made.quote_all = chosen(quotings, csv.at("quote"));
        made.sample = optional_of<Duration>(csv, "sample").value_or(Duration::zero());
        if (device_.sound(path_ + ".csv.delimiter")) {
            made.delimiter = option_of<std::string>(csv, "delimiter").front();
            const auto c = static_cast<unsigned char>(made.delimiter);
            if (std::isalnum(c) != 0 || c >= 0x80 ||
                std::string_view("\"\r\n+-.").find(made.delimiter) != std::string_view::npos) {
                error("csv.delimiter", "the delimiter " +
                                           shown_text(std::string(1, made.delimiter)) +
                                           " may be part of a value; use , ; | or a tab");
            }
        }
        check_sample(made.sample);
    }

    void check_sample(Duration sample) {
        const std::string key = "csv.sample";
        if (sample == Duration::zero() || !device_.sound(path_ + "." + key)) return;
        const auto every = optional_of<Duration>(values_, "every");
        if (!every) {
            error(key,
                  "rows are gathered until the message's interval ends; give it one (every: "
                  "10m), or remove sample");
        } else if (device_.sound(path_ + ".every") && *every % sample != Duration::zero()) {
            error(key,
                  "the message's interval is no multiple of sample; rows would fall between "
                  "two messages");
        } else if (*every / sample > CsvOptions::most_rows) {
            error(key, std::to_string(*every / sample) + " rows a message; the most is " +
                           std::to_string(CsvOptions::most_rows));
        }
    }

    void make_template() {
        const std::string key(word_of(formats, format_.type));
        const json::object& group = group_of(key);
        format_.no_value = option_of<std::string>(group, "no_value");
        const auto text = optional_of<std::string>(group, "template");
        if (!text) {
            if (device_.sound(path_ + "." + key + ".template")) {
                error(device_.given(path_ + "." + key) ? key : "format",
                      "format: " + key + " needs a template: " + key + ": { template: ... }");
            }
            return;
        }
        auto parsed = PayloadTemplate::parse(*text);
        if (!parsed)
            return error(key + ".template",
                         "the template cannot be used: " + parsed.error().sentence());
        format_.text = std::move(*parsed);
        if (format_.type != ContentType::xml) return;
        if (const std::string why = why_no_xml(format_.text); !why.empty()) {
            error(key + ".template", "the template cannot be used: " + why);
        }
    }

    void make_binary() {
        const json::object& binary = group_of("binary");
        BinaryOptions& made = format_.binary;
        made.point = optional_of<std::string>(binary, "point").value_or("");
        made.little_endian = chosen(byte_orders, binary.at("byte_order"));
        if (const auto* fields = binary.if_contains("fields")) {
            for (const json::value& field : fields->as_array())
                made.fields.push_back(make_field(field.as_object(), made.fields.size()));
        }
        if (made.point.empty() == made.fields.empty()) {
            error(device_.given(path_ + ".binary") ? "binary" : "format",
                  "format: binary needs either fields, or the point whose bytes are the payload: "
                  "binary: { fields: [...] }");
        }
    }

    BinaryField make_field(const json::object& values, std::size_t number) {
        BinaryField field;
        field.point = option_of<std::string>(values, "point");
        field.type = chosen(binary_types, values.at("type"));
        field.scale = option_of<double>(values, "scale");
        field.no_value = optional_of<std::int64_t>(values, "no_value");
        const std::string key = "binary.fields." + std::to_string(number);
        if (field.scale == 0) error(key + ".scale", "a scale of 0 makes every value 0");
        const bool is_float =
            field.type == BinaryType::float32 || field.type == BinaryType::float64;
        if (is_float && field.no_value) {
            error(key + ".no_value", "a float has NaN for no value; remove the key");
        } else if (field.no_value && !holds(field.type, *field.no_value)) {
            error(key + ".no_value", std::to_string(*field.no_value) + " does not fit the type " +
                                         std::string(word_of(binary_types, field.type)));
        }
        return field;
    }

    const json::object& values_;
    const CheckedMap& device_;
    std::string path_;
    Diagnostics& diagnostics_;
    FormatOptions format_;
};

}  // namespace

std::string_view format_name(ContentType type) {
    return word_of(formats, type);
}

OptionTable format_table() {
    return {
        option("format", choice, "the format of the payload; all but json need mqtt_version 5")
            .choices(words_of(formats))
            .preset("json"),
        option("fields", table,
               "places of points in the JSON, path: point, such as meter.energy.total: energy; "
               "flat with the points' names when it is not given"),
        option("csv", group, "rows by RFC 4180").members(csv_table()),
        option("text", group, "a line or a page of text")
            .members(template_table("T={supply_temp} at {timestamp}")),
        option("xml", group, "an XML document; values are escaped")
            .members(template_table("<m t=\"{timestamp}\"><temp>{supply_temp}</temp></m>")),
        option("binary", group, "packed numbers, or a raw frame").members(binary_table()),
    };
}

FormatOptions make_format(const json::object& values, const CheckedMap& device,
                          const std::string& path, Diagnostics& diagnostics) {
    return Maker(values, device, path, diagnostics).make();
}

}  // namespace fieldway::config
