#include "modbus/libmodbus_bus.h"

#include <modbus.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "common/serial_timing.h"
#include "modbus/rtu_frame.h"
#include "modbus/tcp_codec.h"

namespace fieldway::modbus {
namespace {

/// The longest gap inside a frame that is still one frame: adapters collect characters for up to 16
/// ms, and a busy machine adds its own.
constexpr Duration least_byte_timeout = std::chrono::milliseconds(50);
constexpr int characters_of_byte_timeout = 5;
/// Frames of others that are remembered until somebody asks; more are not late answers but noise.
constexpr std::size_t most_late_units = 32;
constexpr std::size_t request_size = 8;  ///< every function that bus.h has

Duration byte_timeout(const common::LineFormat& format) {
    return std::max(least_byte_timeout,
                    characters_of_byte_timeout * common::character_time(format));
}

timespec time_left(MonotonicTime now, MonotonicTime until) {
    const auto left = std::max<Duration>(until - now, Duration::zero());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    return {seconds.count(), (left - seconds).count()};
}

bool port_is_gone(int error) {
    return error == EIO || error == ENXIO || error == ENODEV || error == EBADF ||
           error == ECONNRESET || error == EPIPE;
}

}  // namespace

void LibmodbusBus::Free::operator()(_modbus* context) const {
    ::modbus_free(context);
}

LibmodbusBus::LibmodbusBus(const common::SerialSettings& settings, int stop_descriptor,
                           const Clock& clock)
    : port_(settings), stop_descriptor_(stop_descriptor), clock_(clock) {}

LibmodbusBus::~LibmodbusBus() = default;

Result<> LibmodbusBus::open() {
    if (auto opened = port_.open(); !opened) return opened.error();
    if (!context_) {
        // The name and rate are only kept: the port is ours and set already.
        const int baud = static_cast<int>(port_.settings().format.baud);
        context_.reset(::modbus_new_rtu(port_.settings().path.c_str(), baud, 'N', 8, 1));
        if (!context_)
            return Error::stop_device(fmt::format("libmodbus: {}", ::modbus_strerror(errno)));
        const auto gap = std::chrono::duration_cast<std::chrono::microseconds>(
            byte_timeout(port_.settings().format));
        const auto seconds = static_cast<std::uint32_t>(gap.count() / 1'000'000);
        const auto microseconds = static_cast<std::uint32_t>(gap.count() % 1'000'000);
        ::modbus_set_response_timeout(context_.get(), seconds, microseconds);
        ::modbus_set_byte_timeout(context_.get(), seconds, microseconds);
        ::modbus_set_error_recovery(context_.get(), MODBUS_ERROR_RECOVERY_NONE);
    }
    ::modbus_set_socket(context_.get(), port_.descriptor());
    last_activity_ = clock_.monotonic();
    return {};
}

void LibmodbusBus::close() {
    port_.close();
}

std::vector<std::uint8_t> LibmodbusBus::take_late_units() {
    return std::exchange(late_units_, {});
}

LibmodbusBus::Wake LibmodbusBus::wait_for_bytes(MonotonicTime until) const {
    for (;;) {
        std::array<pollfd, 2> waited = {
            {{port_.descriptor(), POLLIN, 0}, {stop_descriptor_, POLLIN, 0}}};
        const timespec left = time_left(clock_.monotonic(), until);
        const int ready = ::ppoll(waited.data(), waited.size(), &left, nullptr);
        if (ready < 0 && errno == EINTR) continue;
        if (waited[1].revents != 0) return Wake::stopped;
        if ((waited[0].revents & POLLIN) != 0) return Wake::readable;
        if (waited[0].revents != 0) return Wake::gone;
        if (clock_.monotonic() >= until) return Wake::time_over;
    }
}

std::size_t LibmodbusBus::read_stray(Bytes& stray) {
    std::array<std::uint8_t, longest_rtu_frame> chunk{};
    const ssize_t size = ::read(port_.descriptor(), chunk.data(), chunk.size());
    if (size <= 0) return 0;
    if (stray.size() < longest_rtu_frame)
        stray.insert(stray.end(), chunk.begin(), chunk.begin() + size);
    last_activity_ = clock_.monotonic();
    return static_cast<std::size_t>(size);
}

bool LibmodbusBus::note_late(ByteView bytes) {
    bool noted = false;
    for (;;) {
        const auto length = rtu_reply_length(bytes);
        if (!length || *length > bytes.size()) return noted;
        const auto content = rtu_content(bytes.first(*length));
        if (!content) return noted;
        if (late_units_.size() < most_late_units) late_units_.push_back(content->unit);
        bytes = bytes.subspan(*length);
        noted = true;
    }
}

/// Reads away what comes until 3.5 characters of silence, or the time is over: then somebody else
/// talks for ever.
LibmodbusBus::Wake LibmodbusBus::wait_for_silence(MonotonicTime until) {
    const Duration silence = common::frame_silence(port_.settings().format);
    Bytes stray;
    Wake wake = Wake::readable;
    while (wake == Wake::readable) {
        wake = wait_for_bytes(last_activity_ + silence);
        if (wake != Wake::readable) break;
        if (read_stray(stray) == 0) wake = Wake::gone;
        if (clock_.monotonic() >= until) break;
    }
    note_late(stray);
    return wake;
}

Reply LibmodbusBus::ended(Reply::Kind kind, std::string reason) const {
    Reply reply;
    reply.kind = kind;
    reply.reason = std::move(reason);
    reply.time = clock_.now();
    return reply;
}

Result<> LibmodbusBus::send(const Request& request) {
    Bytes raw;
    BigEndianWriter writer(raw);
    writer.number(request.unit);
    writer.number(static_cast<std::uint8_t>(request.function));
    writer.number(request.address);
    writer.number(is_write(request.function) ? request.value : request.count);
    if (::modbus_set_slave(context_.get(), request.unit) != 0) {
        return Error::drop_item(
            fmt::format("unit {} cannot be asked on a serial line: 1 to 247", request.unit));
    }
    const int sent =
        ::modbus_send_raw_request(context_.get(), raw.data(), static_cast<int>(raw.size()));
    if (sent == static_cast<int>(request_size)) return {};
    return Error::retry(
        fmt::format("cannot send on {}: {}", port_.settings().path, ::modbus_strerror(errno)));
}

Reply LibmodbusBus::exchange(const Request& request, Duration timeout) {
    const common::LineFormat& format = port_.settings().format;
    const Wake before = wait_for_silence(clock_.monotonic() + timeout);
    if (before == Wake::stopped) return ended(Reply::Kind::lost, "stopped");
    if (before == Wake::gone)
        return ended(Reply::Kind::lost,
                     fmt::format("{} is gone: unplugged?", port_.settings().path));
    if (before == Wake::readable) {
        return ended(Reply::Kind::bad_answer,
                     "the line is never silent: is there another master, or noise?");
    }
    if (auto sent = send(request); !sent) {
        const bool unsendable = sent.error().consequence() == Consequence::drop_item;
        return ended(unsendable ? Reply::Kind::bad_answer : Reply::Kind::lost,
                     sent.error().sentence());
    }
    // The driver took the request at once; on the wire its last character comes later.
    const MonotonicTime until =
        clock_.monotonic() + common::characters_time(format, request_size) + timeout;
    Reply reply = ended(Reply::Kind::timeout, {});
    for (;;) {
        switch (wait_for_bytes(until)) {
            case Wake::stopped:
                return ended(Reply::Kind::lost, "stopped");
            case Wake::gone:
                return ended(Reply::Kind::lost,
                             fmt::format("{} is gone: unplugged?", port_.settings().path));
            case Wake::time_over:
                reply.time = clock_.now();
                return reply;
            case Wake::readable:
                break;
        }
        if (take_frame(request, reply, until)) return reply;
    }
}

bool LibmodbusBus::take_frame(const Request& request, Reply& reply, MonotonicTime until) {
    buffer_.fill(0);
    const int size = ::modbus_receive_confirmation(context_.get(), buffer_.data());
    const int error = errno;
    last_activity_ = clock_.monotonic();
    const ByteView received(buffer_.data(), longest_rtu_frame);
    const bool of_unit = received[0] == request.unit;
    const bool is_ours =
        of_unit && (received[1] & ~exception_flag) == static_cast<std::uint8_t>(request.function);
    if (size > 0 && of_unit) {
        // The checksum was right; what the frame carries is matched as on every transport.
        const ByteView pdu = received.subspan(1, static_cast<std::size_t>(size) - 3);
        Reply matched = match_pdu(request, pdu);
        matched.time = clock_.now();
        const bool done = matched.kind != Reply::Kind::bad_answer;
        if (!done) note_late(received);
        reply = std::move(matched);
        return done;
    }
    if (size < 0 && port_is_gone(error)) {
        reply = ended(Reply::Kind::lost, fmt::format("{} is gone: {}", port_.settings().path,
                                                     ::modbus_strerror(error)));
        return true;
    }
    // Another unit's is let by. libmodbus gives those as 0, but those of unit 0 as good answers.
    if (size >= 0 && note_late(received)) return false;
    reply = ended(Reply::Kind::bad_answer,
                  size >= 0 ? "noise, or another master"
                            : fmt::format("a damaged answer: {}", ::modbus_strerror(error)));
    if (wait_for_silence(until) == Wake::stopped) {
        reply = ended(Reply::Kind::lost, "stopped");
        return true;
    }
    return size < 0 && is_ours;  // the answer was this one: nothing better comes
}

}  // namespace fieldway::modbus
