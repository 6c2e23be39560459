// What of a client needs nothing of Paho's headers: its sentences, and what its callbacks carry.
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "uplink/paho_client.h"
#include "uplink/reasons.h"

namespace fieldway::uplink {

namespace {

/// `tid:error:0A000086:SSL routines:function:certificate verify failed:file:line:...` -> the sixth
/// part.
std::string tls_reason(std::string_view line) {
    for (int skipped = 0; skipped < 5; ++skipped) {
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) return std::string(line);
        line.remove_prefix(colon + 1);
    }
    return std::string(line.substr(0, line.find(':')));
}

/// What Paho's words mean.
std::string_view failure_text(std::string_view said) {
    if (said == "TCP/TLS connect failure") return "nothing listens there";
    // Also when the connection is there and nothing is said on it.
    if (said == "TCP connect timeout") return "nothing answers there as a broker does";
    if (said == "TCP connect completion failure")
        return "it was closed before a broker had answered";
    return said;
}

}  // namespace

std::string host_in_uri(const std::string& host) {
    return host.find(':') == std::string::npos ? host : '[' + host + ']';  // IPv6
}

void PahoClient::connect_failed(std::uint64_t generation, int code, const char* message) {
    PahoEvent event;
    event.kind = PahoEvent::Kind::connected;
    event.generation = generation;
    ConnectResult& result = event.result;
    result.refused_by_broker = code > 0;
    const std::lock_guard lock(mutex_);
    if (code > 0) {
        result.reason = static_cast<std::uint8_t>(code);
        result.sentence = "the broker refused the login: " + reason_text(result.reason);
    } else if (!tls_error_.empty()) {
        result.sentence =
            fmt::format("no TLS connection to {} ({}): {}; `fieldway doctor` says why", host_,
                        shown_address_, tls_error_);
    } else {
        const std::string or_certificate =
            kind_.secure ? ", or its certificate does not name " + host_ : "";
        result.sentence =
            fmt::format("no connection to {}: {}{}; `fieldway doctor` says why", shown_address_,
                        failure_text(message != nullptr ? message : "it failed"), or_certificate);
    }
    tell(std::move(event));
}

PahoClient::Slot* PahoClient::take_slot(std::uint64_t generation, std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    if (free_slots_.empty()) free_slots_.push_back(&slots_.emplace_back());
    Slot* const slot = free_slots_.back();
    free_slots_.pop_back();
    *slot = {this, generation, id};
    return slot;
}

PahoClient::Slot PahoClient::give_back(Slot* slot) {
    const std::lock_guard lock(mutex_);
    free_slots_.push_back(slot);
    return *slot;
}

void PahoClient::note_tls_error(std::string_view line) {
    const std::lock_guard lock(mutex_);
    if (tls_error_.empty()) tls_error_ = tls_reason(line);
}

void PahoClient::tell(PahoEvent event) {
    event.client = this;
    sink_(std::move(event));
}

}  // namespace fieldway::uplink
