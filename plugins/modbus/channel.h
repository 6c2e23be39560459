// A socket to one host and port, of a stream or of datagrams. The only file that makes sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>

#include "base/bytes.h"
#include "base/clock.h"
#include "modbus/modbus_options.h"

namespace fieldway::modbus {

/// One at a time: connect, then receive again and again, then close; after which it can connect
/// anew. Handlers that were waiting at close() are called once more, with an error, and must keep
/// the channel until then. Thread: the loop's.
class Channel {
  public:
    using Connected = std::function<void(boost::system::error_code)>;
    using Received = std::function<void(boost::system::error_code, std::size_t)>;

    virtual ~Channel() = default;
    /// Looks the host up where it is a name.
    virtual void connect(Connected handler) = 0;
    virtual void receive(std::span<std::uint8_t> space, Received handler) = 0;
    /// All of it at once, or an error: a send buffer that does not take a request belongs to a dead
    /// connection.
    virtual boost::system::error_code send(ByteView frame) = 0;
    virtual void close() = 0;
};

std::unique_ptr<Channel> make_channel(boost::asio::io_context& loop, const LineOptions& options);

}  // namespace fieldway::modbus
