// Requests into bytes and bytes into replies: what every transport frames (Modbus Application
// Protocol 1.1b3, clause 6). Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "modbus/bus.h"

namespace fieldway::modbus {

inline constexpr std::size_t longest_pdu = 253;

inline constexpr std::uint8_t exception_flag = 0x80;  ///< on the function code of a refusal

/// The function code and what follows it.
void append_pdu(Bytes& out, const Request& request);

/// The bytes of a good answer, as far as the request tells: nothing for FC 43.
std::optional<std::size_t> answer_size(const Request& request);

/// What a PDU of the right unit is for a request: the answer (data borrowed from the PDU), an
/// exception, or bad_answer with the reason: function, byte count or echoed address do not match.
/// For every transport. `time` is left to the caller.
Reply match_pdu(const Request& request, ByteView pdu);

/// What a device that did as it was told answers behind the address of a write: Reply::data of FC
/// 5, 6, 15, 16 and 22.
Bytes echo_of(const Request& write);

/// Whether the frame of a good answer is the very frame of the request (FC 5, 6 and 22), so that
/// an adapter's echo looks like one.
bool answer_repeats_request(Function function);

/// Whether match_pdu() would take the good answer to `asked` for an answer to `next`, which is the
/// danger where answers carry no number.
bool same_answer_shape(const Request& asked, const Request& next);

/// Objects of a device identification (clause 6.21): 0 vendor, 1 product code, 2 revision ...
struct Identification {
    struct Object {
        std::uint8_t number = 0;
        std::string text;
    };
    std::uint8_t conformity = 0;
    std::optional<std::uint8_t> more_from;  ///< the object to ask for next
    std::vector<Object> objects;
};
/// Of the data of an answer to FC 43; nothing when it contradicts itself.
std::optional<Identification> parse_identification(ByteView data);

}  // namespace fieldway::modbus
