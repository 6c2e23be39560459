// Ways through the queue, page by page, over whatever answers (queue_source.h).
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "app/queue_source.h"
#include "base/error.h"

namespace fieldway::app {

/// Called with each element of each page; false ends the walk.
using EachElement = std::function<bool(boost::json::object&)>;

/// Goes through all pages of a request (queue_desk.h); `list` is the member with the elements.
Result<> walk_pages(QueueSource& source, boost::json::object request, std::string_view list,
                    const EachElement& each);

/// Which messages are wanted; empty or 0: all.
struct QueueFilter {
    std::string uplink;
    std::string device;
    std::string lane;
    std::uint64_t most = 0;
};

/// The streams in which something waits, as far as they are wanted.
struct WantedStreams {
    boost::json::array wanted;
    std::set<std::string> devices;  ///< of all streams, for "did you mean"
    std::set<std::string> uplinks;
};
Result<WantedStreams> streams_of(QueueSource& source, const QueueFilter& filter);

struct Walked {
    std::uint64_t records = 0;
    std::string remark;  ///< nothing of that kind waits; perhaps a name is misspelt
};
/// Every wanted record that waited when it was asked, stream by stream: what is made meanwhile is
/// left out, so that the end is reached however fast messages come.
Result<Walked> each_record(QueueSource& source, const QueueFilter& filter, bool payloads,
                           const EachElement& each);

/// Everything of `queue stats`: the figures, with `lanes` and `streams` added.
Result<boost::json::object> queue_stats(QueueSource& source);

}  // namespace fieldway::app
