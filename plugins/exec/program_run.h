// One life of a program on the event loop: its lines out, our lines in, its end. Knows nothing of
// what lines mean.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "exec/child_process.h"
#include "exec/line_protocol.h"
#include "exec/line_splitter.h"

namespace fieldway::exec {

inline constexpr std::size_t read_bytes = 64 * 1024;
/// Lines that the program has not read: above, it does not read them at all, and is ended.
inline constexpr std::size_t most_unread_bytes = 1024 * 1024;
/// What may still be read after its end; a pipe holds no more (/proc/sys/fs/pipe-max-size).
inline constexpr std::size_t most_left_over_bytes = 1024 * 1024;
/// Lines of no use cost their bytes and as much again as a parser's call is worth; reading then
/// rests in proportion, so that a flood costs little whatever its lines look like. Usable lines pay
/// it back.
inline constexpr std::size_t idle_line_cost = 64;
inline constexpr std::size_t most_idle_cost = 64 * 1024;
inline constexpr Duration idle_rest = std::chrono::milliseconds(10);  ///< for each most_idle_cost
/// After a line on standard error that was one too many.
inline constexpr Duration error_flood_rest = std::chrono::milliseconds(100);
/// Between closing its output and ending, and between SIGTERM and SIGKILL.
inline constexpr Duration closing_grace = std::chrono::seconds(1);
inline constexpr Duration kill_grace = std::chrono::seconds(2);

enum class LineTaken {
    used,   ///< go on
    idle,   ///< go on; nothing usable was in it
    pause,  ///< used; give nothing more until resume()
};

class RunListener {
  public:
    virtual LineTaken on_line(std::string_view line, bool too_long) = 0;
    /// False: one too many, rest a while.
    virtual bool on_error_line(std::string_view line, bool cut) = 0;
    /// The program has ended and all that it printed was taken. The last call.
    virtual void on_end(const std::string& reason) = 0;

  protected:
    ~RunListener() = default;
};

/// Thread: the plugin's loop. The listener outlives it, or the loop has ended before it goes.
class ProgramRun : public std::enable_shared_from_this<ProgramRun> {
  public:
    ProgramRun(boost::asio::io_context& loop, ChildProcess child, RunListener& listener);

    void begin();
    /// After LineTaken::pause.
    void resume();
    /// Writes to its standard input; false when it has closed that.
    bool send(std::string line);
    /// SIGTERM now, SIGKILL after `grace`. The first reason is told, the last grace counts.
    void end(const std::string& reason, Duration grace);
    /// Nothing more is taken: what it still printed is not worth waiting for.
    void hurry();
    [[nodiscard]] bool paused() const { return paused_; }
    [[nodiscard]] pid_t number() const { return child_.number(); }

  private:
    void advance();
    void on_output(std::size_t read, bool closed);
    bool give_lines();
    bool give(const LineSplitter::Line& line);
    void read_left_over();
    void finish();
    void read_errors();
    void give_errors(std::string_view bytes);
    void write_input();
    void watch_exit();
    void on_exit();
    void kill_after(Duration grace);

    ChildProcess child_;
    RunListener& listener_;
    boost::asio::posix::stream_descriptor input_;
    boost::asio::posix::stream_descriptor output_;
    boost::asio::posix::stream_descriptor error_;
    boost::asio::posix::stream_descriptor exit_;
    boost::asio::steady_timer kill_timer_;
    boost::asio::steady_timer rest_timer_;
    boost::asio::steady_timer error_rest_timer_;
    LineSplitter lines_{most_line_bytes};
    LineSplitter error_lines_;
    std::array<char, read_bytes> read_buffer_{};
    std::array<char, 4096> error_buffer_{};
    std::string unread_;  ///< for its standard input
    std::string reason_;  ///< why we ended it; empty: by itself
    std::string how_;     ///< how it ended
    std::size_t left_over_ = 0;
    std::size_t idle_cost_ = 0;
    std::uint64_t given_ = 0;  ///< lines
    bool reading_ = false;     ///< a read of its output is under way, or a rest
    bool writing_ = false;
    bool paused_ = false;
    bool hurried_ = false;
    bool output_closed_ = false;
    bool exited_ = false;
    bool finished_ = false;
    bool error_flood_ = false;
};

}  // namespace fieldway::exec
