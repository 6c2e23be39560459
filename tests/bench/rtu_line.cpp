// The slaves of one RTU line on a pseudo-terminal, at the pace of a wire, that measure what the
// master does with it.
//
// Usage: bench_rtu_line BAUD UNITS TURN_AROUND_US [DEAD]. Units 1 to UNITS answer reads of holding
// and input registers, the last DEAD of them never. 8E1: 11 bits a character. A request that is
// written at once is on the wire for the time of its characters; the answer begins TURN_AROUND
// later, or 3.5 characters where that is longer, and each of its characters comes in its own time.
// Prints {"path": "/dev/pts/N"}; on each SIGUSR1 the figures since the last one (or the start):
//   requests, seconds  of the units that answer
//   fraction           of the most that the line could carry: requests, turn-arounds and answers
//                      with 3.5 characters of silence behind each answer, back to back
//   least, most        requests of the unit that was asked least, most
//   gap_least_us, gap_p50_us, gap_p99_us
//                      between the end of an answer and the next request
//   gaps_too_short     below 3.5 characters (1.75 ms above 19200 baud)
// Ends on SIGTERM.
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "base/bytes.h"
#include "base/clock.h"

namespace {

namespace json = boost::json;
using fieldway::Bytes;
using fieldway::ByteView;
using fieldway::Duration;
using fieldway::MonotonicTime;

constexpr int bits_per_character = 11;
constexpr std::size_t most_noted = 1'000'000;
constexpr std::size_t request_size = 8;
constexpr std::size_t around_data = 5;  // unit, function, byte count, checksum

volatile std::sig_atomic_t asked = 0;
volatile std::sig_atomic_t ended = 0;

MonotonicTime now() {
    return std::chrono::steady_clock::now();
}

/// The kernel sleeps to the rest, the loop waits for it: a wire is never late.
void wait_until(MonotonicTime time) {
    constexpr Duration slack = std::chrono::microseconds(150);
    const Duration left = time - now() - slack;
    if (left > Duration::zero()) {
        const timespec rest{left / std::chrono::seconds(1),
                            (left % std::chrono::seconds(1)).count()};
        ::nanosleep(&rest, nullptr);
    }
    while (now() < time) {
    }
}

std::uint16_t crc_of(ByteView bytes) {
    std::uint16_t crc = 0xFFFF;
    for (const std::uint8_t byte : bytes) {
        crc = static_cast<std::uint16_t>(crc ^ byte);
        for (int bit = 0; bit < 8; ++bit)
            crc = static_cast<std::uint16_t>((crc & 1U) != 0 ? (crc >> 1U) ^ 0xA001U : crc >> 1U);
    }
    return crc;
}

class Line {
  public:
    Line(int descriptor, int baud, std::size_t units, Duration turn_around, std::size_t dead)
        : descriptor_(descriptor),
          character_(Duration(std::chrono::seconds(bits_per_character)) / baud),
          silence_(baud > 19200 ? Duration(std::chrono::microseconds(1750)) : character_ * 7 / 2),
          turn_around_(std::max(turn_around, silence_)),
          living_(units - dead),
          counts_(units + 1) {}

    void run() {
        while (ended == 0) {
            if (asked != 0) {
                asked = 0;
                tell();
            }
            std::array<std::uint8_t, 512> buffer{};
            pollfd waited{descriptor_, POLLIN, 0};
            if (::poll(&waited, 1, 100) <= 0 || (waited.revents & POLLIN) == 0) continue;
            const MonotonicTime came = now();
            const ssize_t size = ::read(descriptor_, buffer.data(), buffer.size());
            // A request is written at once; what is none is somebody's mistake and not answered.
            if (size == static_cast<ssize_t>(request_size)) {
                take(ByteView(buffer.data(), request_size), came);
            }
        }
    }

  private:
    void take(ByteView request, MonotonicTime came) {
        if (crc_of(request) != 0 || (request[1] != 3 && request[1] != 4)) return;
        const Duration gap = came - answered_;
        if (answered_ != MonotonicTime{}) {
            if (gaps_.size() < most_noted) gaps_.push_back(gap);
            if (gap < silence_) ++gaps_too_short_;
        }
        const std::size_t unit = request[0];
        const std::size_t registers = request[5];
        const MonotonicTime on_wire = came + request_size * character_;
        if (unit == 0 || unit > living_ || registers == 0) return;
        Bytes answer{request[0], request[1], static_cast<std::uint8_t>(2 * registers)};
        answer.resize(around_data - 2 + 2 * registers, 0x11);
        const std::uint16_t crc = crc_of(answer);
        answer.push_back(static_cast<std::uint8_t>(crc & 0xFFU));
        answer.push_back(static_cast<std::uint8_t>(crc >> 8U));
        send(answer, on_wire + turn_around_);
        ++counts_[unit];
        used_ += static_cast<std::int64_t>(request_size + answer.size()) * character_ +
                 turn_around_ + silence_;
    }

    /// In pieces of about a millisecond, as an adapter hands them over; the last one in time.
    void send(ByteView answer, MonotonicTime begin) {
        const auto piece = static_cast<std::size_t>(
            std::max<std::int64_t>(1, std::chrono::milliseconds(1) / character_));
        for (std::size_t at = 0; at < answer.size();) {
            const std::size_t size = std::min(piece, answer.size() - at);
            wait_until(begin + static_cast<std::int64_t>(at + size) * character_);
            answered_ = now();  // before: a slave that is put aside after it would be late
            if (::write(descriptor_, answer.data() + at, size) < 0) return;
            at += size;
        }
    }

    void tell() {
        const MonotonicTime at = now();
        const auto seconds = std::chrono::duration<double>(at - begin_).count();
        const auto [least, most] = std::minmax_element(
            counts_.begin() + 1, counts_.begin() + 1 + static_cast<std::ptrdiff_t>(living_));
        std::uint64_t requests = 0;
        for (const std::uint64_t count : counts_)
            requests += count;
        std::sort(gaps_.begin(), gaps_.end());
        const auto gap = [this](std::size_t percent) {
            return gaps_.empty() ? 0 : gaps_[(gaps_.size() - 1) * percent / 100].count() / 1000;
        };
        std::cout << json::object{{"requests", requests},
                                  {"seconds", seconds},
                                  {"fraction",
                                   std::chrono::duration<double>(used_).count() / seconds},
                                  {"least", *least},
                                  {"most", *most},
                                  {"gap_least_us", gap(0)},
                                  {"gap_p50_us", gap(50)},
                                  {"gap_p99_us", gap(99)},
                                  {"gaps_too_short", gaps_too_short_},
                                  {"silence_us", silence_.count() / 1000}}
                  << std::endl;
        begin_ = at;
        used_ = Duration::zero();
        gaps_.clear();
        gaps_too_short_ = 0;
        std::fill(counts_.begin(), counts_.end(), 0);
    }

    const int descriptor_;
    const Duration character_;
    const Duration silence_;
    const Duration turn_around_;
    const std::size_t living_;
    std::vector<std::uint64_t> counts_;  ///< by unit
    MonotonicTime begin_ = now();
    MonotonicTime answered_{};  ///< the end of the last answer
    Duration used_{};
    std::vector<Duration> gaps_;
    std::uint64_t gaps_too_short_ = 0;
};

int open_terminal() {
    const int master = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || ::grantpt(master) != 0 || ::unlockpt(master) != 0) return -1;
    termios settings{};
    ::tcgetattr(master, &settings);
    ::cfmakeraw(&settings);
    ::tcsetattr(master, TCSANOW, &settings);
    return master;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4 || argc > 5) return 2;
    const int baud = std::atoi(argv[1]);
    const auto units = static_cast<std::size_t>(std::atoi(argv[2]));
    const Duration turn_around = std::chrono::microseconds(std::atoi(argv[3]));
    const auto dead = static_cast<std::size_t>(argc == 5 ? std::atoi(argv[4]) : 0);
    if (baud < 300 || units == 0 || units > 247 || dead >= units) return 2;
    ::prctl(PR_SET_TIMERSLACK, 1);
    const int master = open_terminal();
    if (master < 0) return 1;
    // Kept open, so that the terminal stays when the master of the line closes it.
    const std::string path = ::ptsname(master);
    const int other_end = ::open(path.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (other_end < 0) return 1;
    struct sigaction action {};
    action.sa_handler = [](int number) { (number == SIGUSR1 ? asked : ended) = 1; };
    for (const int number : {SIGUSR1, SIGTERM, SIGINT})
        ::sigaction(number, &action, nullptr);
    std::cout << json::object{{"path", path}} << std::endl;
    Line(master, baud, units, turn_around, dead).run();
    return 0;
}
