// MAPPING -Message-> QUEUE -Record-> SESSION
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "flow/device_id.h"
#include "flow/time_place.h"

namespace fieldway {

/// The queue's priority classes, highest first.
enum class Lane : std::uint8_t { alarm, telemetry, bulk };
inline constexpr std::array all_lanes{Lane::alarm, Lane::telemetry, Lane::bulk};
std::string_view name_of(Lane lane);

/// How the messages of a lane that wait leave (`drain` of the configuration).
enum class Drain : std::uint8_t {
    in_order,    ///< strictly one after the other: backlog, then live
    live_first,  ///< what is made while the session is up goes ahead of the backlog; each in order
};
std::string_view name_of(Drain drain);

enum class ContentType : std::uint8_t { json, csv, text, xml, binary };
/// The MIME type of MQTT 5's content type property: application/json ...
std::string_view mime_of(ContentType type);

/// What one publish carries. Topics are made when it is sent: no secret is stored.
struct Message {
    std::string uplink;  ///< name of the uplink that delivers it
    DeviceId device;
    std::string subtopic;  ///< "" is the device's default topic
    Lane lane = Lane::telemetry;
    ContentType content_type = ContentType::json;
    std::string payload;
    Timestamp time;  ///< of the newest reading in it
    Drain drain = Drain::in_order;
    /// What the payload lacks until the clock is settled; a message does not leave before. Bounded
    /// by its rows.
    std::vector<TimePlace> lacks{};

    friend bool operator==(const Message&, const Message&) = default;
};

/// Given by the queue, increasing per stream (uplink, device, lane, drain), never given twice. 0 is
/// none.
using Sequence = std::uint64_t;

/// A message with its place in the queue.
struct Record {
    Sequence sequence = 0;
    Message message;

    friend bool operator==(const Record&, const Record&) = default;
};

}  // namespace fieldway
