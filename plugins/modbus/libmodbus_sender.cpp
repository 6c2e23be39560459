#include "modbus/libmodbus_sender.h"

#include <modbus.h>

#include <cerrno>

#include <fmt/format.h>

namespace fieldway::modbus {
namespace {

constexpr std::size_t crc_size = 2;

}  // namespace

void LibmodbusSender::Free::operator()(_modbus* context) const {
    ::modbus_free(context);
}

// The name and rate are only kept: the port is ours and set already.
LibmodbusSender::LibmodbusSender() : context_(::modbus_new_rtu("/dev/null", 9600, 'N', 8, 1)) {}
LibmodbusSender::~LibmodbusSender() = default;

Result<> LibmodbusSender::send(int descriptor, ByteView frame) {
    if (!context_) return Error::retry("libmodbus has no memory");
    ::modbus_set_socket(context_.get(), descriptor);
    Bytes raw(frame.begin(), frame.end() - crc_size);
    const int sent =
        ::modbus_send_raw_request(context_.get(), raw.data(), static_cast<int>(raw.size()));
    if (sent == static_cast<int>(frame.size())) return {};
    return Error::retry(
        sent < 0 ? fmt::format("cannot send: {}", ::modbus_strerror(errno))
                 : fmt::format("cannot send: {} of {} bytes were taken", sent, frame.size()));
}

}  // namespace fieldway::modbus
