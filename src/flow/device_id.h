// The identity of a device at the platform.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace fieldway {

/// Client id and topic level of a device: 1 to 128 bytes of UTF-8 without `/`, `+`, `#` (they
/// divide topics or are wildcards, MQTT 5 clause 4.7), without control characters, and not `.` or
/// `..` (it names files).
class DeviceId {
  public:
    static constexpr std::size_t longest = 128;

    static Result<DeviceId> parse(std::string_view text);

    [[nodiscard]] const std::string& text() const { return text_; }
    friend auto operator<=>(const DeviceId&, const DeviceId&) = default;

  private:
    explicit DeviceId(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

}  // namespace fieldway

template <>
struct std::hash<fieldway::DeviceId> {
    std::size_t operator()(const fieldway::DeviceId& id) const noexcept {
        return std::hash<std::string>()(id.text());
    }
};
