// Timestamps that a payload lacks, since the wall clock was not to be believed when it was made.
// The payload says that there is none; once the clock is settled the text is filled in, from the
// monotonic time. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace fieldway {

struct TimePlace {
    enum class Form : std::uint8_t {
        rfc3339,
        json_rfc3339,  ///< in quotes
        unix_ms,
        unix_s,
        big_ms,  ///< 8 bytes, milliseconds since 1970, most significant first
        little_ms,
        big_s,  ///< 4 bytes, seconds since 1970
        little_s,
    };
    static constexpr Form last_form = Form::little_s;
    /// What filling it in adds to a payload at most.
    static constexpr std::size_t most_growth = 26;

    Form form = Form::rfc3339;
    std::uint32_t offset = 0;  ///< in the payload
    std::uint8_t length = 0;   ///< bytes there that say that there is no time: `null`
    MonotonicTime at{};        ///< the time that it means, of this boot

    friend bool operator==(const TimePlace&, const TimePlace&) = default;
};

/// The payload with its times in it, as far as they are known; `places` by ascending offset, as a
/// payload is written.
std::string filled(std::string_view payload, std::span<const TimePlace> places,
                   const std::function<std::optional<WallTime>(MonotonicTime)>& wall_of);

}  // namespace fieldway
