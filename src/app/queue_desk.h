// What `fieldway queue` asks, answered page by page: millions of waiting records pass through the
// control socket, and neither side ever holds more than a page of them.
//
//   {"verb": "queue", "ask": "figures"}                        -> what `queue stats` shows
//   {"verb": "queue", "ask": "streams", "after": {key}}        -> {"streams": [...], "next": {key}}
//   {"verb": "queue", "ask": "records", key..., "after": 17, "payloads": true}
//                                                              -> {"records": [...], "next": 217}
//   {"verb": "queue", "ask": "dead", "after": 0, "payloads": true}
//                                                              -> {"letters": [...], "next": 12}
//   {"verb": "queue", "ask": "retry", "number": 12}            -> {"number": 12, "sequence": 4711}
//   {"verb": "queue", "ask": "drop", "number": 12}             -> {"number": 12}
//
// A key is uplink, device, lane and drain. `after` is left out for the first page; an answer
// without `next` is the last one.
#pragma once

#include <cstddef>
#include <functional>

#include <boost/json.hpp>

#include "base/clock.h"
#include "base/error.h"

namespace fieldway::queue {
class Browser;
}

namespace fieldway::app {

/// Thread: that of the browser (core of a running gateway).
class QueueDesk {
  public:
    using Done = std::function<void(Result<boost::json::value>)>;

    static constexpr std::size_t most_streams = 500;  ///< a page
    static constexpr std::size_t most_records = 100;
    static constexpr std::size_t most_letters = 50;
    /// A page ends with the record that takes its payloads to here.
    static constexpr std::size_t most_payload_bytes = 256 * 1024;

    QueueDesk(queue::Browser& browser, const Clock& clock) : browser_(browser), clock_(clock) {}

    /// The whole request, `verb` included. `done` may outlive the desk.
    void answer(const boost::json::object& request, Done done);

  private:
    void streams(const boost::json::object& request, Done done);
    void records(const boost::json::object& request, Done done);
    void dead_letters(const boost::json::object& request, Done done);

    queue::Browser& browser_;
    const Clock& clock_;
};

}  // namespace fieldway::app
