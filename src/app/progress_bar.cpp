#include "app/progress_bar.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

namespace fieldway::app {

namespace {

constexpr Duration between = std::chrono::milliseconds(100);
constexpr std::size_t usual_width = 80;
constexpr std::size_t bar_width = 20;
constexpr const char* begin_of_line = "\r\033[K";

std::size_t terminal_width() {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return usual_width;
    return size.ws_col;
}

}  // namespace

std::string progress_text(std::size_t done, std::size_t of, const std::string& doing,
                          std::size_t width) {
    const std::size_t full = of == 0 ? 0 : bar_width * std::min(done, of) / of;
    std::string text = fmt::format("[{}{}] {} of {}  {}", std::string(full, '#'),
                                   std::string(bar_width - full, '-'), done, of, doing);
    // The last column would make some terminals go to the next line.
    if (width > 0 && text.size() >= width) text.resize(width - 1);
    return text;
}

ProgressBar::ProgressBar(std::ostream& out, bool is_terminal, const Clock& clock)
    : out_(out), is_terminal_(is_terminal), clock_(clock) {}

ProgressBar::~ProgressBar() {
    clear();
}

void ProgressBar::show(std::size_t done, std::size_t of, const std::string& doing) {
    if (!is_terminal_ || clock_.monotonic() < next_) return;
    next_ = clock_.monotonic() + between;
    out_ << begin_of_line << progress_text(done, of, doing, terminal_width()) << std::flush;
    shown_ = true;
}

void ProgressBar::clear() {
    if (!shown_) return;
    out_ << begin_of_line << std::flush;
    shown_ = false;
    next_ = {};
}

}  // namespace fieldway::app
