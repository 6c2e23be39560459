// One request and its answer on the bytes of a line: what is sent and when, which of the bytes that
// come are the answer, when waiting ends. Pure: bytes and time come in. Both drivers do the same:
//
//     exchange.begin(request, timeout, now);
//     repeat: if (auto frame = exchange.frame_to_send(now)) <send it>;
//             if (auto reply = exchange.poll(now)) return it;
//             <wait until exchange.wake(), or for bytes: exchange.received(bytes, now)>
//
// Bytes are given to received() also when nothing was asked: they are somebody's late answer, and
// the line is not silent.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "modbus/bus.h"
#include "modbus/frame_scanner.h"

namespace fieldway::modbus {

/// Counted since the line was made. Thread: any.
struct LineFigures {
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> late{0};        ///< answers after their time, discarded
    std::atomic<std::uint64_t> foreign{0};     ///< frames that nobody waited for, discarded
    std::atomic<std::uint64_t> mismatched{0};  ///< for the request by its number or unit, but of
                                               ///< another unit, function or length
    std::atomic<std::uint64_t> damaged{0};     ///< wrong checksum
    std::atomic<std::uint64_t> echoes{0};      ///< of our own requests
    std::atomic<std::uint64_t> connects{0};
    std::atomic<std::uint64_t> garbage{0};  ///< connections closed, or datagrams dropped, since
                                            ///< what came was no Modbus
};

/// An answer that nobody waited for any more.
struct LateAnswer {
    std::uint8_t unit = 0;
    Bytes pdu;
};

/// How long things take on the line. All zero where answers have numbers.
struct LineTiming {
    Duration character{};    ///< on the wire, with start, parity and stop bits
    Duration quiet{};        ///< silence before a request: 3.5 characters
    Duration gap{};          ///< within a frame; a longer one ends it. Zero: only the timeout does
    Duration turn_around{};  ///< after a broadcast
};

/// Thread: the line's own.
class Exchange {
  public:
    /// Late answers that are remembered until somebody asks; more are not late but noise.
    static constexpr std::size_t most_late = 32;
    /// A line on which somebody talks for longer than the timeout, and this, is not waited for.
    static constexpr Duration longest_wait_for_silence = std::chrono::seconds(2);

    Exchange(const LineTiming& timing, LineFigures& figures) : timing_(timing), figures_(figures) {}
    virtual ~Exchange() = default;
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    void begin(const Request& request, Duration timeout, MonotonicTime now);
    /// Once the line is silent, once for each frame; the bytes stay until the next call.
    [[nodiscard]] std::optional<ByteView> frame_to_send(MonotonicTime now);
    /// An error (retry): what came is no Modbus, and where the next frame starts is unknown.
    [[nodiscard]] Result<> received(ByteView bytes, Timestamp now);
    /// The reply, once: as soon as it is known, or when its time is over. Its data stays until the
    /// next begin().
    [[nodiscard]] std::optional<Reply> poll(Timestamp now);
    /// Begun, and poll() has not given the reply.
    [[nodiscard]] bool busy() const { return phase_ != Phase::idle; }
    /// When to call frame_to_send() and poll() again, though nothing comes. Also when idle: a gap
    /// settles what has come.
    [[nodiscard]] MonotonicTime wake() const;
    /// The line broke, or was opened: nothing of what came before counts, and its silence begins.
    void reset(MonotonicTime now);

    std::vector<LateAnswer> take_late();

  protected:
    virtual void encode(const Request& request, Bytes& out) = 0;
    virtual Result<> take(ByteView bytes) = 0;
    virtual void gap() {}
    /// What is there was no frame.
    virtual void clear() = 0;
    /// Another connection, or the port was opened again.
    virtual void restart() { clear(); }
    /// Part of a frame is there.
    [[nodiscard]] virtual bool in_frame() const { return false; }
    /// The answer came and is no good: the next silence ends the waiting.
    [[nodiscard]] virtual bool is_complete() const { return false; }
    /// The request's time is over without an answer.
    virtual void given_up() {}
    /// Nobody answers to it.
    [[nodiscard]] virtual bool is_broadcast(const Request&) const { return false; }
    /// What must be asked before this request can be judged; nothing when it can be.
    [[nodiscard]] virtual std::optional<Request> ask_before(const Request&) const {
        return std::nullopt;
    }

    [[nodiscard]] bool waiting() const { return phase_ == Phase::sent && !reply_; }
    [[nodiscard]] const Request& asked() const { return sent_; }
    [[nodiscard]] const Bytes& frame() const { return frame_; }
    /// A frame of the line: the answer, or discarded.
    void judge(std::uint8_t unit, ByteView pdu);
    void discard(std::uint8_t unit, ByteView pdu);
    void fail(std::string reason, bool late_possible);
    void set_mismatch(std::string reason) { mismatch_ = std::move(reason); }
    LineFigures& figures() { return figures_; }

  private:
    enum class Phase : std::uint8_t { idle, to_send, sent };

    [[nodiscard]] Duration time_of(std::size_t characters) const {
        return timing_.character * static_cast<std::int64_t>(characters);
    }
    [[nodiscard]] MonotonicTime gap_at() const;
    [[nodiscard]] MonotonicTime deadline() const;
    void prepare(const Request& request);
    Reply end_of_time();
    std::optional<Reply> finish(Reply reply, Timestamp now);

    LineTiming timing_;
    LineFigures& figures_;
    Phase phase_ = Phase::idle;
    Request wanted_;  ///< begin()'s
    Request sent_;    ///< what is on the line: wanted_, or what must be asked before
    Bytes frame_;
    Duration timeout_{};
    MonotonicTime begun_{};
    MonotonicTime first_byte_by_{};
    MonotonicTime last_byte_by_{};
    MonotonicTime last_activity_{};
    Timestamp last_received_;
    std::optional<Reply> reply_;
    Bytes answer_;  ///< what the reply's data lies in
    std::string mismatch_;
    std::vector<LateAnswer> late_;
};

}  // namespace fieldway::modbus
