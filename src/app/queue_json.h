// What waits in the queue as JSON: the one format of `fieldway queue`, whether a running gateway or
// its store alone is asked. docs/operations.md lists the members. Pure.
#pragma once

#include <cstdint>

#include <boost/json.hpp>

#include "base/clock.h"
#include "queue/browser.h"

namespace fieldway::app {

/// What is shown of a message's payload.
enum class Payloads : std::uint8_t {
    size,  ///< `bytes` alone
    /// `payload` as text, or `payload_base64` where the bytes are not UTF-8.
    whole,
};

boost::json::object figures_json(const queue::QueueFigures& figures);
/// uplink, device, lane, drain: what names a stream.
boost::json::object key_json(const queue::StreamKey& key);
boost::json::object stream_json(const queue::StreamView& stream);
/// With everything that is needed to send it again elsewhere. `age_s` is by the wall clock, and 0
/// for a message from the future; null, as `timestamp` is, where its time is not known.
boost::json::object record_json(const Record& record, WallTime now, Payloads payloads);
boost::json::object dead_letter_json(const queue::DeadLetter& letter, WallTime now,
                                     Payloads payloads);

}  // namespace fieldway::app
