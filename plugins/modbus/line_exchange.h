// The exchanges of the transports: answers with transaction numbers (Modbus TCP, UDP), and without
// (RTU, ASCII, RTU over TCP). Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "common/serial_settings.h"
#include "modbus/exchange.h"
#include "modbus/frame_scanner.h"
#include "modbus/modbus_options.h"
#include "modbus/tcp_codec.h"

namespace fieldway::modbus {

/// An answer carries the number of its request: a late or foreign one is known and discarded.
/// Thread: the connection's.
class NumberedExchange final : public Exchange {
  public:
    enum class Carrier : std::uint8_t { stream, datagrams };
    /// `checked`: false for a server that answers with other numbers than it was asked with; the
    /// late window then has to do what the numbers cannot.
    NumberedExchange(Carrier carrier, bool checked, std::uint16_t first, LineFigures& figures);

  private:
    void encode(const Request& request, Bytes& out) override;
    Result<> take(ByteView bytes) override;
    void clear() override;
    void given_up() override;
    Result<> take_stream(ByteView bytes);
    void take_datagram(ByteView bytes);
    void take_frame(const TcpFrame& frame);

    Carrier carrier_;
    bool checked_;
    TcpDecoder decoder_;
    TransactionNumbers numbers_;
    std::uint16_t transaction_ = 0;
};

/// An answer is known by unit, function, length and checksum alone. What is no answer is let by;
/// the own request given back by an adapter is taken off; another master's request for the same
/// makes the next answer nobody's. Thread: the line's.
class UnnumberedExchange final : public Exchange {
  public:
    /// Without `echo` it is found out: by each request whose answer is not its own repetition. A
    /// write that would be the first gets a read in front of it.
    UnnumberedExchange(Framing framing, const LineTiming& timing, std::optional<bool> echo,
                       LineFigures& figures);
    /// Whether the line gives back what is sent on it; nothing: not known yet.
    [[nodiscard]] std::optional<bool> echo() const { return echo_; }

  private:
    void encode(const Request& request, Bytes& out) override;
    Result<> take(ByteView bytes) override;
    void gap() override;
    void clear() override;
    void restart() override;
    [[nodiscard]] bool in_frame() const override { return !scanner_->unsettled().empty(); }
    [[nodiscard]] bool is_complete() const override;
    void given_up() override;
    [[nodiscard]] bool is_broadcast(const Request& request) const override;
    [[nodiscard]] std::optional<Request> ask_before(const Request& request) const override;
    void drain();
    void take_damaged(const ScannedFrame& frame);
    void take_frame(const ScannedFrame& frame);
    [[nodiscard]] bool is_own(const ScannedFrame& frame) const;
    [[nodiscard]] bool is_echo(const ScannedFrame& frame) const;
    [[nodiscard]] bool is_answer(const ScannedFrame& frame) const;
    /// It matches, and may be the answer to somebody else all the same.
    [[nodiscard]] bool is_doubtful() const;
    [[nodiscard]] bool is_for_request(std::uint8_t unit, std::uint8_t function) const;
    void learn_echo(bool echo);

    Framing framing_;
    std::unique_ptr<FrameScanner> scanner_;
    const bool echo_is_given_;
    std::optional<bool> echo_;
    bool echo_seen_ = false;         ///< of the request that was sent
    bool heard_ = false;             ///< anything since it was sent
    bool damaged_ = false;           ///< an answer to it came, with a wrong checksum
    bool contested_ = false;         ///< another master asked the same
    std::optional<Request> others_;  ///< another master's, not answered yet
    bool another_master_ = false;    ///< has asked since the line was opened
    std::size_t unexplained_ = 0;    ///< bytes since the request was sent that were no frame
};

common::LineFormat format_of(const LineOptions& options);
LineTiming timing_of(const LineOptions& options);
/// What the line's url asks for; `first` is the first transaction number.
std::unique_ptr<Exchange> make_exchange(const LineOptions& options, std::uint16_t first,
                                        LineFigures& figures);

}  // namespace fieldway::modbus
