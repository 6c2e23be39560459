// One mapping of a `simulate:` entry, read key by key. Pure.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/clock.h"
#include "plugin_api/input_config.h"

namespace fieldway::modbus::simulator {

/// What is wrong is told with its place, and reads as its preset.
class Keys {
  public:
    /// `pointer`: where the value stands in the entry, "/units/0". The value and `problems` outlive
    /// this.
    Keys(const boost::json::value& value, std::string pointer, std::vector<Problem>& problems);
    Keys(const boost::json::object& object, std::vector<Problem>& problems)
        : object_(&object), problems_(problems) {}

    /// Nothing where it is absent or null.
    const boost::json::value* get(std::string_view key);
    std::string text(std::string_view key, std::string preset);
    double number(std::string_view key, double preset, double least, double most);
    template <class Integer>
    Integer integer(std::string_view key, Integer preset, double least, double most) {
        const double read = number(key, static_cast<double>(preset), least, most);
        if (read == std::floor(read)) return static_cast<Integer>(read);
        fail(key, fmt::format("{} is {}: a whole number is expected", key, read));
        return preset;
    }
    bool boolean(std::string_view key, bool preset);
    /// Nanoseconds as in checked JSON, or text with a unit.
    Duration duration(std::string_view key, Duration preset, Duration least);
    /// Of the value of a key.
    void fail(std::string_view key, std::string sentence);
    /// Tells of keys that nobody read.
    void end();
    /// The pointer of a key's value.
    [[nodiscard]] std::string place_of(std::string_view key) const;
    /// Of what is read by itself.
    [[nodiscard]] std::vector<Problem>& problems() { return problems_; }

  private:
    const boost::json::object* object_ = nullptr;
    std::string pointer_;
    std::vector<Problem>& problems_;
    std::vector<std::string> read_;
};

}  // namespace fieldway::modbus::simulator
