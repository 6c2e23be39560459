#include "flow/message.h"

namespace fieldway {

std::string_view name_of(Lane lane) {
    switch (lane) {
        case Lane::alarm:
            return "alarm";
        case Lane::telemetry:
            return "telemetry";
        case Lane::bulk:
            return "bulk";
    }
    return "?";
}

std::string_view name_of(Drain drain) {
    switch (drain) {
        case Drain::in_order:
            return "in-order";
        case Drain::live_first:
            return "live-first";
    }
    return "?";
}

std::string_view mime_of(ContentType type) {
    switch (type) {
        case ContentType::json:
            return "application/json";
        case ContentType::csv:
            return "text/csv";
        case ContentType::text:
            return "text/plain";
        case ContentType::xml:
            return "application/xml";
        case ContentType::binary:
            return "application/octet-stream";
    }
    return "?";
}

}  // namespace fieldway
