// Where `fieldway queue` gets its answers: from a running gateway, or from the store of a stopped
// one. Both take the same requests (queue_desk.h) and give the same answers.
#pragma once

#include <filesystem>
#include <memory>

#include <boost/json.hpp>

#include "base/error.h"

namespace fieldway::app {

/// Thread: one at a time. Every call may block.
class QueueSource {
  public:
    /// Through its control socket.
    static Result<std::unique_ptr<QueueSource>> running(const std::filesystem::path& socket);

    /// The store in the state folder of a gateway that is stopped; it is held until the end. What
    /// recovery found damaged is told on standard error. As root the process becomes the user that
    /// owns the folder, for good: files that root made there would lock the gateway out.
    static Result<std::unique_ptr<QueueSource>> stopped(const std::filesystem::path& state_dir);

    virtual ~QueueSource() = default;
    /// One request of queue_desk.h, without its `verb`. An error with Consequence::retry is one of
    /// the way there, not of the request.
    virtual Result<boost::json::value> ask(boost::json::object request) = 0;
    /// What was changed is kept; nothing is asked any more.
    virtual Result<> close() = 0;
};

}  // namespace fieldway::app
