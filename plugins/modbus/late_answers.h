// Requests that got no answer in time, on lines where answers carry no number: which of them may
// still be answered, and what must not be asked meanwhile. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "modbus/bus.h"

namespace fieldway::modbus {

/// A late answer of the shape that the next request asks for would be taken for its answer: unit,
/// function, length and checksum are all right. So nothing of that shape is asked until the late
/// answer came, or its window is over. On a line on which frames come that nobody can have been
/// asked for (another master, a wrong unit number) such a frame could pass for the late answer and
/// the late answer then for another one's: there only the end of the window counts. Thread: the
/// line's own.
class LateAnswers {
  public:
    /// More wait only on a line on which nothing works any more; then the whole of it waits.
    static constexpr std::size_t most_expected = 256;
    /// So many windows long an answer is still known as one that came after its window, and a line
    /// is known as one with foreign frames.
    static constexpr int remembered_windows = 60;

    /// Zero: answers have numbers, and nothing is ever expected.
    explicit LateAnswers(Duration window) : window_(window) {}

    /// `asked` got no answer until now.
    void expect(const Request& asked, MonotonicTime now);
    /// From when on `next` may be asked; never later than the window of what is expected.
    [[nodiscard]] MonotonicTime free_at(const Request& next, MonotonicTime now) const;
    /// The end of the last window of a unit; nothing when none is open.
    [[nodiscard]] std::optional<MonotonicTime> last_of(std::uint8_t unit, MonotonicTime now) const;
    /// An exception says nothing but the function: it may be the late answer to another request.
    [[nodiscard]] bool exception_may_be_late(const Request& asked, MonotonicTime now) const;

    struct Seen {
        bool expected = false;
        /// It came after its window: so long after it was given up. Not told of a line with foreign
        /// frames.
        std::optional<Duration> after;
    };
    /// An answer that nobody waited for.
    Seen seen(std::uint8_t unit, ByteView pdu, MonotonicTime now);
    /// The line was opened anew; it is left alone for a window as a whole.
    void forget() { expected_.clear(); }

  private:
    struct Expected {
        Request request;
        MonotonicTime given_up{};
        MonotonicTime until{};
        bool perhaps_answered = false;
    };

    Duration window_;
    std::vector<Expected> expected_;  ///< oldest first, also those whose window is over
    MonotonicTime all_free_at_{};
    MonotonicTime foreign_until_{};
};

}  // namespace fieldway::modbus
