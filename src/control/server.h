// The control socket of a running gateway: every verb that asks or changes it comes in here.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>

#include "base/error.h"
#include "base/log.h"
#include "control/line_protocol.h"

namespace fieldway::control {

/// Called once for each request, now or later.
using Reply = std::function<void(Result<boost::json::value>)>;
using Handler = std::function<void(const Request&, Reply)>;

/// A UNIX stream socket of mode 0660 (group `fieldway` where that group exists and we may give it),
/// so that the file system decides who may ask. At most `most_clients` at once; a further one is
/// told so and closed, and so is one that does not read its answer within 30 s. Thread: core.
class Server {
  public:
    static constexpr std::size_t most_clients = 16;

    /// Listens. A socket that nobody answers at is replaced; anything else that is there stays.
    /// Errors: stop_program when another process answers, stop_device when the path cannot be used.
    static Result<std::unique_ptr<Server>> listen(boost::asio::io_context& core,
                                                  const std::filesystem::path& path,
                                                  Handler handler, Log log);
    virtual ~Server() = default;
    /// Closes the socket and every client, and removes the path.
    virtual void stop() = 0;
};

}  // namespace fieldway::control
