#include "base/json_members.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <system_error>
#include <utility>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>
#include <boost/json/parse_options.hpp>
#include <fmt/format.h>

namespace fieldway {

namespace {

namespace json = boost::json;
using json::error_code;
using json::string_view;

/// Deeper nesting than this is no message of ours, whatever it holds.
constexpr std::size_t most_levels = 16;

/// The event handler that basic_parser asks for; the texts of one name, string or number may come
/// in parts.
class Collector {
  public:
    static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

    [[nodiscard]] bool is_object() const { return is_object_; }
    std::vector<JsonMember> take() { return std::move(members_); }

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) {
        if (level_ == 0) is_object_ = true;
        return enter(JsonKind::object);
    }
    bool on_object_end(std::size_t, error_code&) { return leave(); }
    bool on_array_begin(error_code&) { return enter(JsonKind::array); }
    bool on_array_end(std::size_t, error_code&) { return leave(); }
    bool on_key_part(string_view part, std::size_t, error_code&) { return gather(part); }
    bool on_key(string_view part, std::size_t, error_code&) {
        gather(part);
        name_ = std::exchange(text_, {});
        return true;
    }
    bool on_string_part(string_view part, std::size_t, error_code&) { return gather(part); }
    bool on_string(string_view part, std::size_t, error_code&) {
        gather(part);
        return scalar(Value(std::exchange(text_, {})));
    }
    bool on_number_part(string_view part, error_code&) { return gather(part); }
    bool on_int64(std::int64_t number, string_view, error_code&) {
        text_.clear();
        return scalar(Value(number));
    }
    bool on_uint64(std::uint64_t number, string_view, error_code&) {
        text_.clear();
        return scalar(Value(number));
    }
    bool on_double(double rough, string_view part, error_code&) {
        gather(part);
        const std::optional<double> number = exact(std::exchange(text_, {}), rough);
        return number ? scalar(Value(*number)) : add({name_, JsonKind::out_of_range, {}, {}});
    }
    bool on_bool(bool value, error_code&) { return scalar(Value(value)); }
    bool on_null(error_code&) { return scalar(Value(NoValue{})); }
    bool on_comment_part(string_view, error_code&) { return true; }
    bool on_comment(string_view, error_code&) { return true; }

  private:
    bool gather(string_view part) {
        text_.append(part.data(), part.size());
        return true;
    }
    /// Nothing for what has no place in 64 bits: an integer of too many digits, or an exponent too
    /// large.
    static std::optional<double> exact(const std::string& digits, double rough) {
        if (digits.find_first_of(".eE") == std::string::npos) return std::nullopt;
        double number = 0;
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (read.ec == std::errc{}) return number;
        if (std::abs(rough) < 1) return 0.0;  // too small for a double, not too large
        return std::nullopt;
    }
    bool scalar(Value value) { return add({name_, JsonKind::scalar, std::move(value), {}}); }
    /// Keeps what stands on the two levels that count; deeper things were named by what holds them.
    bool add(JsonMember member) {
        if (!is_object_) return true;
        if (level_ == 1) members_.push_back(std::move(member));
        if (level_ == 2 && members_.back().kind == JsonKind::object) {
            members_.back().members.push_back(std::move(member));
        }
        return true;
    }
    bool enter(JsonKind kind) {
        add({name_, kind, {}, {}});
        ++level_;
        return true;
    }
    bool leave() {
        --level_;
        return true;
    }

    std::vector<JsonMember> members_;
    std::string name_;
    std::string text_;
    std::size_t level_ = 0;
    bool is_object_ = false;
};

}  // namespace

Result<std::vector<JsonMember>> parse_json_object(std::string_view text) {
    json::parse_options options;
    options.max_depth = most_levels;
    json::basic_parser<Collector> parser(options);
    error_code error;
    const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
    if (!error && read < text.size()) error = json::error::extra_data;
    if (error) {
        return Error::drop_item(fmt::format("no JSON: {} at byte {}", error.message(), read + 1));
    }
    if (!parser.handler().is_object()) {
        return Error::drop_item("no JSON object");
    }
    return parser.handler().take();
}

}  // namespace fieldway
