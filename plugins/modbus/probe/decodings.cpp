#include "modbus/probe/decodings.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/value.h"
#include "modbus/register_codec.h"

namespace fieldway::modbus {
namespace {

namespace json = boost::json;

constexpr std::array types{
    RegisterType::uint16, RegisterType::int16,   RegisterType::bcd16, RegisterType::uint32,
    RegisterType::int32,  RegisterType::float32, RegisterType::bcd32, RegisterType::uint64,
    RegisterType::int64,  RegisterType::float64,
};
/// Floats beyond these come of wrong orders, not of instruments.
constexpr double least_float = 1e-6;
constexpr double most_float = 1e12;

bool is_float(RegisterType type) {
    return type == RegisterType::float32 || type == RegisterType::float64;
}

bool is_plausible(const Layout& layout, const Value& value) {
    if (!has_value(value)) return false;
    if (const auto* text = std::get_if<std::string>(&value)) {
        return !text->empty() &&
               std::all_of(text->begin(), text->end(), [](char c) { return c >= ' ' && c <= '~'; });
    }
    const std::optional<double> number = as_number(value);
    if (!number || !is_float(layout.type)) return number.has_value();
    const double size = std::abs(*number);
    return size == 0 || (size >= least_float && size <= most_float);
}

const char* text_of(PartOrder order) {
    return order == PartOrder::big ? "big" : "little";
}

class Rows {
  public:
    explicit Rows(ByteView registers) : registers_(registers) {}

    /// All orders of a type; one that gives what another gave is left out.
    void add(RegisterType type) {
        Layout layout;
        layout.type = type;
        if (type == RegisterType::string)
            layout.length = static_cast<std::uint16_t>(registers_.size() / 2);
        const bool one_word = registers_of(layout) == 1 || type == RegisterType::string;
        std::vector<Value> seen;
        for (const PartOrder word : {PartOrder::big, PartOrder::little}) {
            for (const PartOrder byte : {PartOrder::big, PartOrder::little}) {
                if (one_word && word == PartOrder::little) continue;
                layout.word_order = word;
                layout.byte_order = byte;
                add_one(layout, one_word, seen);
            }
        }
    }
    json::array take() { return std::move(rows_); }

  private:
    void add_one(const Layout& layout, bool one_word, std::vector<Value>& seen) {
        const std::size_t size = registers_of(layout) * std::size_t{2};
        if (size == 0 || size > registers_.size()) return;
        const Result<Value> value = decode(layout, registers_.first(size));
        if (!value || !is_plausible(layout, *value)) return;
        if (std::find(seen.begin(), seen.end(), *value) != seen.end()) return;
        seen.push_back(*value);
        json::object row{{"type", name_of(layout.type)}};
        if (!one_word) row["word_order"] = text_of(layout.word_order);
        row["byte_order"] = text_of(layout.byte_order);
        row["registers"] = size / 2;
        row["value"] = json::parse(to_json_text(*value));
        rows_.push_back(std::move(row));
    }

    ByteView registers_;
    json::array rows_;
};

}  // namespace

json::array decodings_of(ByteView registers) {
    Rows rows(registers);
    for (const RegisterType type : types)
        rows.add(type);
    rows.add(RegisterType::string);
    return rows.take();
}

}  // namespace fieldway::modbus
