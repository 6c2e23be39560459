// What a verb of the command line uses to ask a running gateway.
#pragma once

#include <filesystem>

#include <boost/json.hpp>

#include "base/clock.h"
#include "base/error.h"

namespace fieldway::control {

/// Sends one request and waits for its answer. Thread: any; blocks at most `timeout`.
Result<boost::json::value> ask(const std::filesystem::path& socket,
                               const boost::json::object& request, Duration timeout);

}  // namespace fieldway::control
