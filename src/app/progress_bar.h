// A line on a terminal that tells how far something is.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>

#include "base/clock.h"

namespace fieldway::app {

/// `[#####-----] 120 of 247  9600 8N1, unit 121`, as wide as the terminal at most. Pure.
std::string progress_text(std::size_t done, std::size_t of, const std::string& doing,
                          std::size_t width);

/// Drawn over itself, ten times a second at most; nothing at all where `out` is no terminal.
/// Thread: one.
class ProgressBar {
  public:
    ProgressBar(std::ostream& out, bool is_terminal, const Clock& clock);
    ~ProgressBar();
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;

    void show(std::size_t done, std::size_t of, const std::string& doing);
    /// Takes the line away, for other words.
    void clear();

  private:
    std::ostream& out_;
    bool is_terminal_;
    const Clock& clock_;
    bool shown_ = false;
    MonotonicTime next_{};
};

}  // namespace fieldway::app
