// One mapping of a `simulate:` entry, read key by key. Pure.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/clock.h"
#include "base/error.h"

namespace fieldway::modbus::simulator {

/// The first thing that is wrong is kept, and so is a key that nobody read. What is wrong reads as
/// its preset: look at problem() when every key was read.
class Keys {
  public:
    explicit Keys(const boost::json::value& value);
    explicit Keys(const boost::json::object& object) : object_(&object) {}

    /// Nothing where it is absent or null.
    const boost::json::value* get(std::string_view key);
    std::string text(std::string_view key, std::string preset);
    double number(std::string_view key, double preset, double least, double most);
    template <class Integer>
    Integer integer(std::string_view key, Integer preset, double least, double most) {
        const double read = number(key, static_cast<double>(preset), least, most);
        if (read == std::floor(read)) return static_cast<Integer>(read);
        fail(fmt::format("{} is {}: a whole number is expected", key, read));
        return preset;
    }
    bool boolean(std::string_view key, bool preset);
    /// Nanoseconds as in checked JSON, or text with a unit.
    Duration duration(std::string_view key, Duration preset, Duration least);
    void fail(std::string sentence);
    std::optional<Error> problem();

  private:
    const boost::json::object* object_ = nullptr;
    std::vector<std::string> read_;
    std::optional<Error> problem_;
};

}  // namespace fieldway::modbus::simulator
