// Bytes of a line into requests, and an answer into bytes at the line's pace. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/clock.h"
#include "common/serial_settings.h"
#include "modbus/frame_scanner.h"

namespace fieldway::modbus::simulator {

struct ReceivedRequest {
    std::uint8_t unit = 0;
    Bytes pdu;
    std::size_t size = 0;  ///< of its frame
};

/// Requests of an RTU or ASCII line.
class RequestReceiver {
  public:
    virtual ~RequestReceiver() = default;
    virtual void add(ByteView bytes) = 0;
    /// The next whole request, its checksum right.
    virtual std::optional<ReceivedRequest> take() = 0;
    /// The line was silent for 3.5 characters: what is there is a request of an unknown function,
    /// or nothing.
    virtual std::optional<ReceivedRequest> take_at_silence() = 0;
    [[nodiscard]] virtual bool empty() const = 0;
};

/// Frames by length and checksum; a silence ends what has no known length and throws away what is
/// none.
class RtuReceiver final : public RequestReceiver {
  public:
    void add(ByteView bytes) override;
    std::optional<ReceivedRequest> take() override;
    std::optional<ReceivedRequest> take_at_silence() override;
    [[nodiscard]] bool empty() const override { return bytes_.empty(); }

  private:
    Bytes bytes_;
};

class AsciiReceiver final : public RequestReceiver {
  public:
    void add(ByteView bytes) override { scanner_.add(bytes); }
    std::optional<ReceivedRequest> take() override;
    /// Up to a second may lie between two characters: only the end of a frame ends it.
    std::optional<ReceivedRequest> take_at_silence() override { return take(); }
    [[nodiscard]] bool empty() const override { return scanner_.unsettled().empty(); }

  private:
    AsciiScanner scanner_;
};

std::unique_ptr<RequestReceiver> make_receiver(Framing framing);

/// How many bytes of an answer are on the wire `elapsed` after its first bit.
std::size_t bytes_due(const common::LineFormat& format, Duration elapsed);

}  // namespace fieldway::modbus::simulator
