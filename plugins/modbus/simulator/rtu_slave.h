// The slaves of one RTU line on a pseudo-terminal, over a Responder. Thread: its loop.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "base/error.h"
#include "common/serial_settings.h"
#include "modbus/simulator/responder.h"

namespace fieldway::modbus::simulator {

struct RtuLineOptions {
    std::string
        link;  ///< made to the pseudo-terminal, removed at the end; an older link there is replaced
    common::LineFormat format;
    bool paced = true;
    Duration turn_around{};
};

class RtuSlave {
  public:
    /// Answers that wait for their time; one more is dropped, as a real line would garble it.
    static constexpr std::size_t most_waiting_answers = 16;

    static Result<std::unique_ptr<RtuSlave>> open(boost::asio::io_context& loop,
                                                  RtuLineOptions options, Responder responder);
    ~RtuSlave();
    RtuSlave(RtuSlave&&) = delete;

    [[nodiscard]] const std::string& device() const;

  private:
    class Line;
    RtuSlave(std::shared_ptr<Line> line, std::string link);

    std::shared_ptr<Line>
        line_;  // shared: handlers of the loop keep it for the turn that they are in
    std::string link_;
};

}  // namespace fieldway::modbus::simulator
