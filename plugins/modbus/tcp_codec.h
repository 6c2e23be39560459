// Modbus TCP framing: MBAP header and PDU (Messaging on TCP/IP Implementation Guide 1.0b,
// clause 3.1.3). Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "modbus/bus.h"
#include "modbus/pdu.h"

namespace fieldway::modbus {

inline constexpr std::size_t mbap_size = 7;
inline constexpr std::size_t longest_tcp_frame = mbap_size + longest_pdu;

/// One frame, of either direction.
struct TcpFrame {
    std::uint16_t transaction = 0;
    std::uint8_t unit = 0;
    ByteView pdu;  ///< function code first, 1 to 253 bytes; borrowed from the decoder until its
                   ///< next call
};

/// The frames in a stream of bytes, however it is cut. Thread: the connection's.
class TcpDecoder {
  public:
    /// Where the next bytes are to be put; never empty. Takes back frames that next() has given.
    std::span<std::uint8_t> space();
    /// So many bytes have been put there.
    void commit(std::size_t count);
    /// The next whole frame, nothing when more bytes are needed, or an error (retry): these bytes
    /// are no Modbus TCP, where the next frame starts is unknown, and the connection must be
    /// closed.
    Result<std::optional<TcpFrame>> next();
    /// Before a new connection.
    void clear() { begin_ = end_ = 0; }
    /// Part of a frame is there.
    [[nodiscard]] bool in_frame() const { return begin_ != end_; }

  private:
    std::array<std::uint8_t, 2 * longest_tcp_frame> buffer_{};  // a thousand lines have one each
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

/// Replaces `out` by the frame of a request.
void encode_request(Bytes& out, std::uint16_t transaction, const Request& request);

/// Numbers for transactions. A number that timed out is not given again until its late answer came,
/// so that after 65,536 requests (seconds, at full speed) it cannot pass for the answer of another.
class TransactionNumbers {
  public:
    static constexpr std::size_t most_abandoned = 64;  ///< beyond it the oldest is forgotten

    explicit TransactionNumbers(std::uint16_t first)
        : last_(static_cast<std::uint16_t>(first - 1)) {}
    std::uint16_t next();
    void abandon(std::uint16_t number);
    [[nodiscard]] bool is_abandoned(std::uint16_t number) const;
    /// True when this was the late answer to an abandoned one.
    bool late(std::uint16_t number);
    void clear() { count_ = 0; }

  private:
    std::uint16_t last_;
    std::array<std::uint16_t, most_abandoned> abandoned_{};  ///< oldest first
    std::size_t count_ = 0;
};

}  // namespace fieldway::modbus
