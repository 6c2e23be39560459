// What the platform is told of a command: one JSON object. Pure.
#pragma once

#include <string>
#include <vector>

#include <boost/json.hpp>

#include "config/gateway_config.h"
#include "flow/command.h"
#include "flow/downlink.h"
#include "mapping/mapper.h"

namespace fieldway::downlink {

/// Beyond this a device's answer leaves out its values, of which there may be hundreds.
inline constexpr std::size_t most_answer_bytes = 4 * 1024;

/// A reason may quote what was sent, which may be long: its beginning.
std::string shortened(const std::string& reason);

/// What it begins with: the subtopic that the downlink came by, and what identifies it.
boost::json::object answer_head(const Downlink& downlink, const std::string& id);

/// Adds `status`: written | refused | expired | failed, and `reason` where there is one. Of a write
/// that the device confirmed: `values` as they were read back, `verified` whether each was, and in
/// `unverified` those that were not (verify: echo or none).
void add_outcome(boost::json::object& answer, const CommandOutcome& outcome,
                 const std::vector<std::string>& written, const mapping::Mapper& mapper,
                 const std::vector<config::PointOptions>& points);

/// The payload: `answer` with the time in front, as the device's messages have it; null while the
/// clock is not settled, as whoever waits for an answer is not kept waiting for the clock.
std::string answer_text(const boost::json::object& answer, const config::DeviceOptions& device,
                        const Timestamp& time);

}  // namespace fieldway::downlink
