#include "uplink/reasons.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

namespace fieldway::uplink {

namespace {

struct Named {
    std::uint8_t code;
    std::string_view name;
};

constexpr std::array names{
    Named{0x00, "success"},
    Named{0x01, "unacceptable protocol version"},
    Named{0x02, "client id rejected"},
    Named{0x03, "server unavailable"},
    Named{0x04, "bad user name or password"},
    Named{0x05, "not authorized"},
    Named{0x10, "no matching subscribers"},
    Named{0x80, "unspecified error"},
    Named{0x81, "malformed packet"},
    Named{0x82, "protocol error"},
    Named{0x83, "implementation specific error"},
    Named{0x84, "unsupported protocol version"},
    Named{0x85, "client id not valid"},
    Named{0x86, "bad user name or password"},
    Named{0x87, "not authorized"},
    Named{0x88, "server unavailable"},
    Named{0x89, "server busy"},
    Named{0x8A, "banned"},
    Named{0x8B, "server shutting down"},
    Named{0x8C, "bad authentication method"},
    Named{0x8D, "keep alive timeout"},
    Named{0x8E, "session taken over"},
    Named{0x8F, "topic filter invalid"},
    Named{0x90, "topic name invalid"},
    Named{0x91, "packet identifier in use"},
    Named{0x93, "receive maximum exceeded"},
    Named{0x94, "topic alias invalid"},
    Named{0x95, "packet too large"},
    Named{0x96, "message rate too high"},
    Named{0x97, "quota exceeded"},
    Named{0x98, "administrative action"},
    Named{0x99, "payload format invalid"},
    Named{0x9A, "retain not supported"},
    Named{0x9B, "QoS not supported"},
    Named{0x9C, "use another server"},
    Named{0x9D, "server moved"},
    Named{0x9F, "connection rate exceeded"},
    Named{0xA0, "maximum connect time"},
};

}  // namespace

std::string reason_text(std::uint8_t code) {
    const auto* const found =
        std::find_if(names.begin(), names.end(), [&](const Named& n) { return n.code == code; });
    return fmt::format("{} (0x{:02x})", found == names.end() ? "unknown reason" : found->name,
                       code);
}

bool is_credential_fault(std::uint8_t code) {
    switch (code) {
        case 0x01:
        case 0x02:
        case 0x04:
        case 0x05:
        case 0x84:
        case 0x85:
        case 0x86:
        case 0x87:
        case 0x8A:
        case 0x8C:
            return true;
        default:
            return false;
    }
}

Ending ending_of(std::uint8_t code) {
    switch (code) {
        case 0x88:
        case 0x89:
        case 0x8A:
        case 0x8B:
        case 0x8D:
        case 0x8E:
        case 0x8F:
        case 0x93:
        case 0x96:
        case 0x97:
        case 0x98:
        case 0x9C:
        case 0x9D:
        case 0x9F:
        case 0xA0:
            return Ending::another_reason;
        default:
            return Ending::by_peer;
    }
}

Verdict verdict_of(std::uint8_t code) {
    if (code < 0x80) return Verdict::delivered;
    switch (code) {
        case reason::topic_name_invalid:
        case reason::packet_too_large:
        case reason::payload_format_invalid:
            return Verdict::bury;
        case reason::packet_id_in_use:
        case reason::quota_exceeded:
            return Verdict::pause;
        default:
            return Verdict::suspect;
    }
}

}  // namespace fieldway::uplink
