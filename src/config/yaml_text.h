// What yaml-cpp 0.7 does not see in a text, found by looking at the text itself.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"

namespace fieldway::config {

/// A text by lines: marks lead back to what stands there. Borrows the text.
class Lines {
  public:
    explicit Lines(std::string_view text);

    /// What begins at a place, to the end of the text; line and column count from 0.
    [[nodiscard]] std::string_view from(int line, int column) const;
    /// Whether the line (from 0) is indented by a tab.
    [[nodiscard]] bool tabbed(int line) const;

  private:
    std::string_view text_;
    std::vector<std::size_t> begins_;
};

/// Whether a quoted scalar, from its first character (or that of its anchor or tag) on, has its
/// closing quote. yaml-cpp takes the end of the text for the end of a quote, and with it swallows
/// all that follows.
bool is_closed(std::string_view scalar);

/// Whether the text is UTF-8 without the control characters that YAML forbids; the first that is
/// not is told. yaml-cpp takes the byte 0x04 for the end of the text.
bool check_characters(std::string_view text, const std::string& file, Diagnostics& diagnostics);

}  // namespace fieldway::config
