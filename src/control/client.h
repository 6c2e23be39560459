// What a verb of the command line uses to ask a running gateway.
#pragma once

#include <filesystem>
#include <memory>

#include <boost/json.hpp>

#include "base/clock.h"
#include "base/error.h"

namespace fieldway::control {

/// For a verb that asks again and again. Thread: one at a time.
class Connection {
  public:
    static Result<std::unique_ptr<Connection>> open(const std::filesystem::path& socket);
    virtual ~Connection() = default;
    /// Sends one request and waits for its answer; blocks at most `timeout`. After an error of the
    /// connection itself (Consequence::retry) it is of no use any more.
    virtual Result<boost::json::value> ask(const boost::json::object& request,
                                           Duration timeout) = 0;
};

/// Sends one request and waits for its answer. Thread: any; blocks at most `timeout`.
Result<boost::json::value> ask(const std::filesystem::path& socket,
                               const boost::json::object& request, Duration timeout);

}  // namespace fieldway::control
