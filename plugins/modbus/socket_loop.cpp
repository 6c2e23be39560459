#include "modbus/socket_loop.h"

#include <pthread.h>

namespace fieldway::modbus {

SocketLoop::SocketLoop() : work_(boost::asio::make_work_guard(context_)) {
    thread_ = std::thread([this] {
        pthread_setname_np(pthread_self(), "modbus-tcp");
        context_.run();
    });
}

SocketLoop::~SocketLoop() {
    context_.stop();
    thread_.join();
}

}  // namespace fieldway::modbus
