#include "modbus/pdu.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace fieldway::modbus {
namespace {

constexpr std::uint8_t mei_identification = 14;
constexpr std::uint16_t coil_on = 0xFF00;  // clause 6.5
constexpr std::size_t address_end = 3;     // function code and address

std::uint16_t value_on_the_wire(const Request& request) {
    if (request.function != Function::write_single_coil) return request.value;
    return request.value != 0 ? coil_on : 0;
}

Reply bad_answer(std::string reason) {
    Reply reply;
    reply.kind = Reply::Kind::bad_answer;
    reply.reason = std::move(reason);
    return reply;
}

Reply answer(ByteView data) {
    Reply reply;
    reply.kind = Reply::Kind::answer;
    reply.data = data;
    return reply;
}

Reply match_exception(ByteView pdu) {
    if (pdu.size() != 2) {
        return bad_answer(fmt::format("an exception of {} bytes, the standard has 2", pdu.size()));
    }
    Reply reply;
    reply.kind = Reply::Kind::exception;
    reply.exception = pdu[1];
    return reply;
}

Reply match_write(const Request& request, ByteView pdu) {
    const std::size_t size = *answer_size(request);
    if (pdu.size() != size) {
        return bad_answer(
            fmt::format("an answer of {} bytes to a write, the standard has {}", pdu.size(), size));
    }
    const auto address = BigEndianReader(pdu.subspan(1)).number<std::uint16_t>();
    if (address != request.address) {
        return bad_answer(fmt::format("address {} in the answer to a write of address {}", address,
                                      request.address));
    }
    return answer(pdu.subspan(address_end));
}

Reply match_read(const Request& request, ByteView pdu) {
    const std::size_t expected = *answer_size(request) - 2;
    if (pdu.size() != expected + 2 || pdu[1] != expected) {
        return bad_answer(
            fmt::format("{} data bytes (byte count {}) in the answer, {} are asked for",
                        pdu.size() - std::min<std::size_t>(pdu.size(), 2),
                        pdu.size() > 1 ? int{pdu[1]} : 0, expected));
    }
    return answer(pdu.subspan(2));
}

Reply match_identification(const Request& request, ByteView pdu) {
    if (pdu.size() < 3 || pdu[1] != mei_identification || pdu[2] != request.count ||
        !parse_identification(pdu.subspan(2))) {
        return bad_answer("an answer that is no device identification of the kind asked for");
    }
    return answer(pdu.subspan(2));
}

}  // namespace

void append_pdu(Bytes& out, const Request& request) {
    BigEndianWriter writer(out);
    writer.number(static_cast<std::uint8_t>(request.function));
    if (request.function == Function::read_identification) {
        writer.number(mei_identification);
        writer.number(static_cast<std::uint8_t>(request.count));
        writer.number(static_cast<std::uint8_t>(request.address));
        return;
    }
    writer.number(request.address);
    switch (request.function) {
        case Function::write_single_coil:
        case Function::write_single_register:
            writer.number(value_on_the_wire(request));
            return;
        case Function::mask_write_register:
            writer.number(request.value);
            writer.number(request.or_mask);
            return;
        case Function::read_write_registers:
            writer.number(request.count);
            writer.number(request.write_address);
            writer.number(static_cast<std::uint16_t>(request.data.size() / 2));
            break;
        default:
            writer.number(request.count);
    }
    if (!is_write(request.function)) return;
    writer.number(static_cast<std::uint8_t>(request.data.size()));
    writer.raw(request.data);
}

std::optional<std::size_t> answer_size(const Request& request) {
    switch (request.function) {
        case Function::read_coils:
        case Function::read_discrete_inputs:
            return 2 + (request.count + std::size_t{7}) / 8;
        case Function::read_holding_registers:
        case Function::read_input_registers:
        case Function::read_write_registers:
            return 2 + request.count * std::size_t{2};
        case Function::mask_write_register:
            return 7;
        case Function::read_identification:
            return std::nullopt;
        default:
            return 5;
    }
}

Reply match_pdu(const Request& request, ByteView pdu) {
    const auto function = static_cast<std::uint8_t>(request.function);
    if (pdu.empty()) return bad_answer("an answer without a function code");
    if (pdu[0] == (function | exception_flag)) return match_exception(pdu);
    if (pdu[0] != function) {
        return bad_answer(
            fmt::format("function code {} in the answer to function code {}", pdu[0], function));
    }
    if (request.function == Function::read_identification) {
        return match_identification(request, pdu);
    }
    const bool carries_data =
        !is_write(request.function) || request.function == Function::read_write_registers;
    return carries_data ? match_read(request, pdu) : match_write(request, pdu);
}

Bytes echo_of(const Request& write) {
    Bytes echo;
    BigEndianWriter writer(echo);
    switch (write.function) {
        case Function::write_single_coil:
        case Function::write_single_register:
            writer.number(value_on_the_wire(write));
            break;
        case Function::mask_write_register:
            writer.number(write.value);
            writer.number(write.or_mask);
            break;
        default:
            writer.number(write.count);
    }
    return echo;
}

bool answer_repeats_request(Function function) {
    return function == Function::write_single_coil || function == Function::write_single_register ||
           function == Function::mask_write_register;
}

bool same_answer_shape(const Request& asked, const Request& next) {
    if (asked.unit != next.unit || asked.function != next.function) return false;
    if (asked.function == Function::read_identification) return asked.count == next.count;
    const bool echoes_address =
        is_write(asked.function) && asked.function != Function::read_write_registers;
    return echoes_address ? asked.address == next.address : answer_size(asked) == answer_size(next);
}

std::optional<Identification> parse_identification(ByteView data) {
    BigEndianReader reader(data);
    Identification found;
    (void)reader.number<std::uint8_t>();  // the kind that was asked for
    found.conformity = reader.number<std::uint8_t>();
    const auto more = reader.number<std::uint8_t>();
    const auto next = reader.number<std::uint8_t>();
    const auto count = reader.number<std::uint8_t>();
    if (more != 0) found.more_from = next;
    for (unsigned i = 0; i < count && reader.ok(); ++i) {
        Identification::Object object;
        object.number = reader.number<std::uint8_t>();
        object.text = as_text(reader.raw(reader.number<std::uint8_t>()));
        found.objects.push_back(std::move(object));
    }
    if (!reader.ok() || reader.left() != 0) return std::nullopt;
    return found;
}

}  // namespace fieldway::modbus
