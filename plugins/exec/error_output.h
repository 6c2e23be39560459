// What of a program's standard error becomes log lines: readable, short, and not too many. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace fieldway::exec {

inline constexpr std::size_t most_error_line_bytes = 512;  ///< the rest of a line is cut
inline constexpr unsigned error_line_burst = 20;           ///< lines that may come at once
inline constexpr Duration error_line_pace = std::chrono::seconds(1);  ///< then one a second

/// Control characters, and bytes that are no UTF-8, shown as ?: a line cannot forge another one,
/// nor move a terminal's cursor.
std::string printable(std::string_view text);

class ErrorOutput {
  public:
    /// The sentence for the log, or nothing: too many came, or there is nothing to read in it.
    std::optional<std::string> take(std::string_view line, bool cut, MonotonicTime now);
    [[nodiscard]] std::uint64_t suppressed() const { return suppressed_; }

  private:
    MonotonicTime full_at_{};  ///< when the whole burst is there again
    std::uint64_t suppressed_ = 0;
    std::uint64_t untold_ = 0;  ///< suppressed since the last line that was logged
};

}  // namespace fieldway::exec
