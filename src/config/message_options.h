// A device's message: where it goes, when it leaves, what is in it.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "config/checker.h"
#include "config/diagnostic.h"
#include "config/format_options.h"
#include "flow/message.h"
#include "plugin_api/options.h"

namespace fieldway::config {

struct MessageOptions {
    std::string subtopic;  ///< "" is the device's default topic
    Duration every{};      ///< aligned to the wall clock; zero: with each poll of its points
    std::vector<std::string> points;  ///< empty: all
    Lane lane = Lane::telemetry;
    FormatOptions format;
    Drain drain = Drain::in_order;

    friend bool operator==(const MessageOptions&, const MessageOptions&) = default;
};

OptionTable message_table();

/// The typed message at `path` (messages.0) of a checked device.
MessageOptions make_message(const boost::json::object& values, const CheckedMap& device,
                            const std::string& path, Diagnostics& diagnostics);

}  // namespace fieldway::config
