// Whole frames in the bytes of a line without transaction numbers, whatever else is between them.
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "base/bytes.h"

namespace fieldway::modbus {

/// How a frame stands on the wire.
enum class Framing : std::uint8_t {
    tcp,    ///< MBAP header: transaction number and length
    rtu,    ///< checksum, and silence between frames
    ascii,  ///< colon, hexadecimal, CR LF
};

struct ScannedFrame {
    std::uint8_t unit = 0;
    Bytes pdu;
    /// Has the length of an answer and a wrong checksum; first of what came since a silence or a
    /// good frame, so that it is not just any place in noise.
    bool damaged = false;
};

/// Thread: the line's own.
class FrameScanner {
  public:
    virtual ~FrameScanner() = default;
    /// At most so many bytes at once, and then next() until it gives nothing: that bounds what is
    /// kept.
    static constexpr std::size_t most_added = 512;
    virtual void add(ByteView bytes) = 0;
    /// The next frame; nothing when more bytes are needed to know.
    virtual std::optional<ScannedFrame> next() = 0;
    /// No byte came for so long that what is there stays as it is: next() settles all of it.
    virtual void gap() = 0;
    virtual void clear() = 0;
    /// The bytes of which is not known yet what they are.
    [[nodiscard]] virtual ByteView unsettled() const = 0;
    /// Bytes that turned out to be no frame, since the last call.
    std::size_t take_skipped() { return std::exchange(skipped_, 0); }

  protected:
    void skip(std::size_t bytes) { skipped_ += bytes; }

  private:
    std::size_t skipped_ = 0;
};

/// By length and checksum, as answer and as request: an adapter's echo and another master's
/// requests are frames too. What is neither is skipped byte by byte.
class RtuScanner final : public FrameScanner {
  public:
    void add(ByteView bytes) override;
    std::optional<ScannedFrame> next() override;
    void gap() override { ended_ = true; }
    void clear() override;
    [[nodiscard]] ByteView unsettled() const override { return bytes_; }

  private:
    ScannedFrame taken(std::size_t size);

    Bytes bytes_;
    bool ended_ = false;
    bool at_start_ = true;
};

/// From colon to line feed; a colon inside begins anew.
class AsciiScanner final : public FrameScanner {
  public:
    void add(ByteView bytes) override;
    std::optional<ScannedFrame> next() override;
    void gap() override { clear(); }
    void clear() override;
    [[nodiscard]] ByteView unsettled() const override { return bytes_; }

  private:
    void drop(std::size_t bytes);

    Bytes bytes_;
};

/// Not for Framing::tcp, which has a decoder of its own.
std::unique_ptr<FrameScanner> make_scanner(Framing framing);
Bytes make_frame(Framing framing, std::uint8_t unit, ByteView pdu);

}  // namespace fieldway::modbus
