#include "exec/program_run.h"

#include <signal.h>

#include <algorithm>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>

#include "exec/error_output.h"

namespace fieldway::exec {

namespace asio = boost::asio;
using asio::posix::stream_descriptor;
using boost::system::error_code;

ProgramRun::ProgramRun(asio::io_context& loop, ChildProcess child, RunListener& listener)
    : child_(std::move(child)),
      listener_(listener),
      input_(loop, child_.input.release()),
      output_(loop, child_.output.release()),
      error_(loop, child_.error.release()),
      exit_(loop, child_.exited.release()),
      kill_timer_(loop),
      rest_timer_(loop),
      error_rest_timer_(loop),
      error_lines_(most_error_line_bytes) {
    output_.non_blocking(true);
    error_.non_blocking(true);
}

void ProgramRun::begin() {
    watch_exit();
    advance();
    read_errors();
}

void ProgramRun::resume() {
    if (!std::exchange(paused_, false)) return;
    if (give_lines()) advance();
}

// What to do next with its output: read it, rest, read what it left, or nothing until something
// else happens.
void ProgramRun::advance() {
    if (paused_ || reading_ || finished_) return;
    if (exited_) return read_left_over();
    if (output_closed_) return;  // watch_exit() or the kill timer goes on
    reading_ = true;
    if (idle_cost_ >= most_idle_cost) {
        rest_timer_.expires_after(idle_rest * (std::exchange(idle_cost_, 0) / most_idle_cost));
        rest_timer_.async_wait([self = shared_from_this()](const error_code&) {
            self->reading_ = false;
            self->advance();
        });
        return;
    }
    output_.async_read_some(asio::buffer(read_buffer_),
                            [self = shared_from_this()](const error_code& error, std::size_t read) {
                                self->on_output(read,
                                                error && error != asio::error::operation_aborted);
                            });
}

void ProgramRun::on_output(std::size_t read, bool closed) {
    reading_ = false;
    const std::uint64_t given_before = given_;
    lines_.feed({read_buffer_.data(), read});
    if (closed) {
        output_closed_ = true;
        // An end is seen here first, and only then as an end: the program is given a moment for
        // that.
        if (!exited_ && reason_.empty()) {
            kill_timer_.expires_after(closing_grace);
            kill_timer_.async_wait([self = shared_from_this()](const error_code& error) {
                if (!error) self->end("closed its standard output", kill_grace);
            });
        }
    }
    const bool go_on = give_lines();
    if (given_ == given_before) idle_cost_ += read;  // inside a line too long, for one
    if (go_on) advance();
}

void ProgramRun::hurry() {
    hurried_ = true;
    resume();
}

bool ProgramRun::give_lines() {
    while (const auto line = lines_.next()) {
        if (!give(*line)) return false;
    }
    return true;
}

bool ProgramRun::give(const LineSplitter::Line& line) {
    ++given_;
    const std::size_t cost = line.text.size() + idle_line_cost;
    const LineTaken taken = listener_.on_line(line.text, line.too_long);
    if (taken == LineTaken::idle) {
        idle_cost_ += cost;
        return true;
    }
    idle_cost_ -= std::min(idle_cost_, cost);
    paused_ = taken == LineTaken::pause && !hurried_;
    return !paused_;
}

void ProgramRun::read_left_over() {
    while (left_over_ < most_left_over_bytes && !output_closed_) {
        error_code error;
        const std::size_t read = output_.read_some(asio::buffer(read_buffer_), error);
        if (error || read == 0) break;  // nothing more in the pipe, whoever else holds it open
        left_over_ += read;
        lines_.feed({read_buffer_.data(), read});
        if (!give_lines()) return;
    }
    output_closed_ = true;
    if (const auto last = lines_.finish(); last && !give(*last)) return;
    finish();
}

void ProgramRun::finish() {
    if (std::exchange(finished_, true)) return;
    error_code error;
    const std::size_t read = error_.read_some(asio::buffer(error_buffer_), error);
    if (!error) give_errors({error_buffer_.data(), read});
    if (const auto last = error_lines_.finish())
        listener_.on_error_line(last->text, last->too_long);
    error_code ignored;
    for (stream_descriptor* pipe : {&input_, &output_, &error_, &exit_})
        pipe->close(ignored);
    rest_timer_.cancel();
    error_rest_timer_.cancel();
    listener_.on_end(reason_.empty() ? how_ : reason_);
}

void ProgramRun::read_errors() {
    error_.async_read_some(asio::buffer(error_buffer_),
                           [self = shared_from_this()](const error_code& error, std::size_t read) {
                               if (error || self->finished_) return;
                               self->give_errors({self->error_buffer_.data(), read});
                               if (!std::exchange(self->error_flood_, false))
                                   return self->read_errors();
                               self->error_rest_timer_.expires_after(error_flood_rest);
                               self->error_rest_timer_.async_wait([self](const error_code&) {
                                   if (!self->finished_) self->read_errors();
                               });
                           });
}

void ProgramRun::give_errors(std::string_view bytes) {
    error_lines_.feed(bytes);
    while (const auto line = error_lines_.next()) {
        if (!listener_.on_error_line(line->text, line->too_long)) error_flood_ = true;
    }
}

bool ProgramRun::send(std::string line) {
    if (!input_.is_open() || exited_ || !reason_.empty()) return false;
    if (unread_.size() + line.size() > most_unread_bytes) {
        end("does not read its standard input", kill_grace);
        return false;
    }
    unread_ += line;
    if (!writing_) write_input();
    return true;
}

void ProgramRun::write_input() {
    writing_ = true;
    // Two buffers: what is being written must not move while more is added.
    auto chunk = std::make_shared<std::string>(std::exchange(unread_, {}));
    asio::async_write(input_, asio::buffer(*chunk),
                      [self = shared_from_this(), chunk](const error_code& error, std::size_t) {
                          self->writing_ = false;
                          error_code ignored;
                          if (error) {
                              self->unread_.clear();
                              self->input_.close(ignored);
                          } else if (!self->unread_.empty()) {
                              self->write_input();
                          }
                      });
}

void ProgramRun::end(const std::string& reason, Duration grace) {
    if (exited_) return;
    if (reason_.empty()) {
        reason_ = reason;
        child_.signal_group(SIGTERM);
    }
    kill_after(grace);
}

void ProgramRun::kill_after(Duration grace) {
    kill_timer_.expires_after(grace);
    kill_timer_.async_wait([self = shared_from_this()](const error_code& error) {
        if (!error && !self->exited_) self->child_.signal_group(SIGKILL);
    });
}

void ProgramRun::watch_exit() {
    exit_.async_wait(stream_descriptor::wait_read,
                     [self = shared_from_this()](const error_code& error) {
                         if (!error) self->on_exit();
                     });
}

void ProgramRun::on_exit() {
    how_ = child_.reap();
    exited_ = true;
    kill_timer_.cancel();
    rest_timer_.cancel();
    // A read that waits would wait for whoever still holds the pipe: advance() takes what is in it.
    error_code ignored;
    if (reading_) output_.cancel(ignored);
    advance();
}

}  // namespace fieldway::exec
