// Bytes of a pipe in, lines out. Pure and bounded: an over-long line costs no more memory than its
// limit.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace fieldway::exec {

class LineSplitter {
  public:
    /// A line longer than `limit` bytes is given once, cut, and skipped to its end.
    explicit LineSplitter(std::size_t limit) : limit_(limit) {}

    struct Line {
        std::string_view text;  ///< without its line end; the first `limit` bytes of one too long
        bool too_long = false;
    };

    /// Takes what the pipe gave. Only when next() has given everything of what was fed before.
    void feed(std::string_view bytes);
    /// The next whole line, valid until the next call; nothing: feed more.
    std::optional<Line> next();
    /// What stood after the last line end when the pipe closed: a last line without its end, or
    /// nothing.
    std::optional<Line> finish();

    /// Bytes kept now; never more than the limit and what was fed last.
    [[nodiscard]] std::size_t held() const { return buffer_.size(); }

  private:
    std::optional<Line> cut();

    const std::size_t limit_;
    std::string buffer_;
    std::size_t at_ = 0;        ///< where the next line begins in buffer_
    std::size_t searched_ = 0;  ///< no line end stands before this place
    bool skipping_ = false;     ///< inside the rest of a line too long
};

}  // namespace fieldway::exec
