#include "modbus/line_exchange.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "modbus/pdu.h"
#include "modbus/rtu_frame.h"

namespace fieldway::modbus {

// --- with numbers ------------------------------------------------------------------------------

NumberedExchange::NumberedExchange(Carrier carrier, bool checked, std::uint16_t first,
                                   LineFigures& figures)
    : Exchange({}, figures), carrier_(carrier), checked_(checked), numbers_(first) {}

void NumberedExchange::encode(const Request& request, Bytes& out) {
    transaction_ = numbers_.next();
    encode_request(out, transaction_, request);
}

void NumberedExchange::clear() {
    decoder_.clear();
    numbers_.clear();
}

void NumberedExchange::given_up() {
    numbers_.abandon(transaction_);
}

Result<> NumberedExchange::take(ByteView bytes) {
    if (carrier_ == Carrier::stream) return take_stream(bytes);
    take_datagram(bytes);
    return {};
}

Result<> NumberedExchange::take_stream(ByteView bytes) {
    while (!bytes.empty()) {
        const auto space = decoder_.space();
        const std::size_t count = std::min(space.size(), bytes.size());
        std::copy_n(bytes.begin(), count, space.begin());
        decoder_.commit(count);
        bytes = bytes.subspan(count);
        for (;;) {
            const Result<std::optional<TcpFrame>> frame = decoder_.next();
            if (!frame) {
                ++figures().garbage;
                return frame.error();
            }
            if (!*frame) break;
            take_frame(**frame);
        }
    }
    return {};
}

/// One frame each; what is none hurts nobody else.
void NumberedExchange::take_datagram(ByteView bytes) {
    decoder_.clear();
    const auto space = decoder_.space();
    const std::size_t count = std::min(space.size(), bytes.size());
    std::copy_n(bytes.begin(), count, space.begin());
    decoder_.commit(count);
    const Result<std::optional<TcpFrame>> frame = decoder_.next();
    if (!frame || !*frame || (*frame)->pdu.size() + mbap_size != bytes.size()) {
        ++figures().garbage;
        return;
    }
    take_frame(**frame);
}

void NumberedExchange::take_frame(const TcpFrame& frame) {
    if (checked_ && (!waiting() || frame.transaction != transaction_)) {
        ++(numbers_.late(frame.transaction) ? figures().late : figures().foreign);
        return;
    }
    if (waiting() && frame.unit != asked().unit) {
        ++figures().mismatched;
        return set_mismatch(
            fmt::format("unit {} in the answer of unit {}", frame.unit, asked().unit));
    }
    judge(frame.unit, frame.pdu);
}

// --- without -----------------------------------------------------------------------------------

namespace {

/// Another master's request to read, when a frame is one.
std::optional<Request> read_request_in(const ScannedFrame& frame) {
    constexpr std::size_t request_pdu = 5;
    if (frame.pdu.size() != request_pdu || frame.pdu[0] < 1 || frame.pdu[0] > 4) {
        return std::nullopt;
    }
    Request request;
    request.unit = frame.unit;
    request.function = static_cast<Function>(frame.pdu[0]);
    BigEndianReader reader(ByteView(frame.pdu).subspan(1));
    request.address = reader.number<std::uint16_t>();
    request.count = reader.number<std::uint16_t>();
    return request;
}

}  // namespace

UnnumberedExchange::UnnumberedExchange(Framing framing, const LineTiming& timing,
                                       std::optional<bool> echo, LineFigures& figures)
    : Exchange(timing, figures),
      framing_(framing),
      scanner_(make_scanner(framing)),
      echo_is_given_(echo.has_value()),
      echo_(echo) {}

void UnnumberedExchange::encode(const Request& request, Bytes& out) {
    Bytes pdu;
    append_pdu(pdu, request);
    out = make_frame(framing_, request.unit, pdu);
    echo_seen_ = false;
    heard_ = false;
    damaged_ = false;
    unexplained_ = 0;
    (void)scanner_->take_skipped();
    // Its answer may come instead of ours.
    contested_ = others_ && same_answer_shape(*others_, request);
    others_.reset();
}

void UnnumberedExchange::clear() {
    scanner_->clear();
}

void UnnumberedExchange::restart() {
    clear();
    others_.reset();
    another_master_ = false;
    if (!echo_is_given_) echo_.reset();
}

bool UnnumberedExchange::is_broadcast(const Request& request) const {
    return request.unit == broadcast_unit;
}

/// A read of what is to be written: its answer looks different from its echo.
std::optional<Request> UnnumberedExchange::ask_before(const Request& request) const {
    if (echo_ || is_broadcast(request) || !answer_repeats_request(request.function)) {
        return std::nullopt;
    }
    Request read;
    read.unit = request.unit;
    read.function = request.function == Function::write_single_coil
                        ? Function::read_coils
                        : Function::read_holding_registers;
    read.address = request.address;
    return read;
}

Result<> UnnumberedExchange::take(ByteView bytes) {
    heard_ = true;
    scanner_->add(bytes);
    drain();
    return {};
}

/// Also when all bytes of an answer are there, it was none, and only another reading of them would
/// need more.
bool UnnumberedExchange::is_complete() const {
    if (!waiting()) return false;
    if (damaged_ || framing_ != Framing::rtu) return damaged_;
    const ByteView left = scanner_->unsettled();
    constexpr std::size_t around_pdu = 3;
    const std::size_t expected = answer_size(asked()).value_or(longest_pdu) + around_pdu;
    if (left.size() < expected || !is_for_request(left[0], left[1])) return false;
    const Bytes& own = Exchange::frame();
    const bool perhaps_echo =
        left.size() < own.size() && std::equal(left.begin(), left.end(), own.begin());
    return rtu_reply_length(left) == expected && !perhaps_echo;
}

void UnnumberedExchange::drain() {
    while (const auto frame = scanner_->next())
        take_frame(*frame);
}

void UnnumberedExchange::gap() {
    const ByteView left = scanner_->unsettled();
    const bool cut = waiting() && framing_ == Framing::rtu && left.size() >= 2 &&
                     is_for_request(left[0], left[1]);
    scanner_->gap();
    drain();
    if (damaged_) {
        fail("a damaged answer: its checksum is wrong", false);
    } else if (cut) {
        fail("a cut answer: the rest of it did not come", true);
    }
}

void UnnumberedExchange::given_up() {
    if (!heard_) learn_echo(false);
}

bool UnnumberedExchange::is_for_request(std::uint8_t unit, std::uint8_t function) const {
    return unit == asked().unit && (function & static_cast<std::uint8_t>(~exception_flag)) ==
                                       static_cast<std::uint8_t>(asked().function);
}

bool UnnumberedExchange::is_own(const ScannedFrame& frame) const {
    return make_frame(framing_, frame.unit, frame.pdu) == Exchange::frame();
}

/// Where the answer to a write is its repetition, only what is known of the line tells the two
/// apart.
bool UnnumberedExchange::is_echo(const ScannedFrame& frame) const {
    if (!waiting() || echo_seen_ || !is_own(frame)) return false;
    if (echo_is_given_ && !*echo_) return false;
    return !answer_repeats_request(asked().function) || is_broadcast(asked()) ||
           echo_.value_or(false);
}

/// An echo that was missed, or damaged, must not make the next one a confirmation: what is known to
/// echo does so until the line is opened anew.
void UnnumberedExchange::learn_echo(bool echo) {
    if (echo) {
        echo_ = true;
    } else if (!echo_ && !damaged_ && !answer_repeats_request(asked().function)) {
        echo_ = false;
    }
}

bool UnnumberedExchange::is_answer(const ScannedFrame& frame) const {
    return waiting() && frame.unit == asked().unit && !is_broadcast(asked()) &&
           match_pdu(asked(), frame.pdu).kind != Reply::Kind::bad_answer;
}

/// Where there is another master, bytes that were no frame may have been its request.
bool UnnumberedExchange::is_doubtful() const {
    return contested_ || (another_master_ && unexplained_ >= shortest_rtu_frame);
}

void UnnumberedExchange::take_damaged(const ScannedFrame& frame) {
    ++figures().damaged;
    constexpr std::size_t exception_size = 2;
    const std::size_t size = frame.pdu.size();
    const bool has_its_length = framing_ == Framing::ascii || size == exception_size ||
                                size == answer_size(asked()).value_or(size);
    if (waiting() && has_its_length && is_for_request(frame.unit, frame.pdu.front())) {
        damaged_ = true;
    }
}

void UnnumberedExchange::take_frame(const ScannedFrame& frame) {
    unexplained_ += scanner_->take_skipped();
    if (frame.damaged) return take_damaged(frame);
    if (is_echo(frame)) {
        ++figures().echoes;
        echo_seen_ = true;
        return learn_echo(true);
    }
    if (is_answer(frame)) {
        if (is_doubtful()) {
            set_mismatch("another master asks on this line: the answer may be to its request");
            return discard(frame.unit, frame.pdu);
        }
        if (!echo_seen_) learn_echo(false);
        return judge(frame.unit, frame.pdu);
    }
    others_.reset();
    if (const auto other = read_request_in(frame)) {
        another_master_ = true;
        contested_ = contested_ || (waiting() && same_answer_shape(*other, asked()));
        if (!waiting()) others_ = other;
        set_mismatch("another master asks on this line");
        return discard(frame.unit, frame.pdu);
    }
    judge(frame.unit, frame.pdu);
}

}  // namespace fieldway::modbus
