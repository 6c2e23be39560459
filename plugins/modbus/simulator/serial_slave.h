// The slaves of one RTU or ASCII line on a pseudo-terminal, over a Responder. Thread: its loop.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "base/error.h"
#include "common/serial_settings.h"
#include "modbus/frame_scanner.h"
#include "modbus/simulator/responder.h"

namespace fieldway::modbus::simulator {

struct SerialLineOptions {
    std::string
        link;  ///< made to the pseudo-terminal, removed at the end; an older link there is replaced
    Framing framing = Framing::rtu;
    common::LineFormat format;
    bool paced = true;
    bool echo = false;  ///< what is sent comes back, as from some RS-485 adapters
    Duration turn_around{};
};

class SerialSlave {
  public:
    /// Pieces that wait for their time; one more is dropped, as a real line would garble it.
    static constexpr std::size_t most_waiting_pieces = 1024;

    static Result<std::unique_ptr<SerialSlave>> open(boost::asio::io_context& loop,
                                                     SerialLineOptions options,
                                                     Responder responder);
    ~SerialSlave();
    SerialSlave(SerialSlave&&) = delete;

    /// The pseudo-terminal that the link leads to now.
    [[nodiscard]] const std::string& device() const;

  private:
    class Line;
    explicit SerialSlave(std::shared_ptr<Line> line);

    std::shared_ptr<Line>
        line_;  // shared: handlers of the loop keep it for the turn that they are in
};

}  // namespace fieldway::modbus::simulator
