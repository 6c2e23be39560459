// One thread for all sockets of the plugin, however many inputs there are.
#pragma once

#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

namespace fieldway::modbus {

/// Thread: made and destroyed by the plugin's control thread; the context runs on a thread of its
/// own.
class SocketLoop {
  public:
    SocketLoop();
    /// Ends the thread; handlers that have not run are dropped.
    ~SocketLoop();
    SocketLoop(const SocketLoop&) = delete;
    SocketLoop& operator=(const SocketLoop&) = delete;

    boost::asio::io_context& context() { return context_; }

  private:
    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::thread thread_;
};

}  // namespace fieldway::modbus
