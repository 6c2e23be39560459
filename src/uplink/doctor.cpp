#include "uplink/doctor.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/clock_trust.h"
#include "base/text_file.h"
#include "base/time_service.h"
#include "mqtt/packet.h"
#include "uplink/credentials.h"
#include "uplink/doctor_remedies.h"
#include "uplink/platform.h"
#include "uplink/probe.h"
#include "uplink/reasons.h"
#include "uplink/resolver.h"
#include "uplink/token.h"

namespace fieldway::uplink {

namespace {

using Outcome = DoctorStep::Outcome;

constexpr std::size_t most_answer_bytes = 64 * 1024;

/// One examination. Each step gives false when the way ends there.
class Examination {
  public:
    Examination(const DoctorQuestion& question, const Clock& clock,
                const std::function<void(const DoctorStep&)>& on_step)
        : question_(question), uplink_(question.uplink), clock_(clock), on_step_(on_step) {}

    std::vector<DoctorStep> run() {
        // The clock before TLS: a wrong one is why a certificate is not yet, or no longer, valid.
        (void)(name() && tcp() && clock() && tls() && credentials() && login() && subscription());
        if (other_key_is_left_) {
            key_ = WhichKey::next;
            (void)(tcp() && tls() && credentials() && login() && subscription());
        }
        return std::move(steps_);
    }

  private:
    bool name();
    bool tcp();
    bool clock();
    bool tls();
    bool credentials();
    bool login();
    bool subscription();

    /// The step is over; true when the next one may be tried.
    bool done(DoctorStep step) {
        step.took = clock_.monotonic() - began_;
        began_ = clock_.monotonic();
        on_step_(step);
        steps_.push_back(std::move(step));
        return steps_.back().outcome != Outcome::failed;
    }
    bool failed(const std::string& name, const Error& error, std::string remedy,
                std::vector<std::string> details = {}) {
        return done({name,
                     Outcome::failed,
                     {},
                     redacted(error.text(), secret_),
                     std::move(remedy),
                     std::move(details)});
    }
    Result<mqtt::Frame> answer(mqtt::PacketType wanted);

    const DoctorQuestion& question_;
    const config::UplinkOptions& uplink_;
    const Clock& clock_;
    const std::function<void(const DoctorStep&)>& on_step_;
    std::optional<Probe> probe_;  // of the present connection
    WhichKey key_ = WhichKey::present;
    bool other_key_is_left_ = false;  // the login of the present one was refused
    MonotonicTime began_ = clock_.monotonic();
    Addresses addresses_;
    std::string secret_;
    Bytes received_;
    std::vector<DoctorStep> steps_;
};

bool Examination::name() {
    const auto addresses = look_up(uplink_.host);
    if (!addresses) {
        return failed("name", addresses.error(),
                      "check the host in url, and the name server of this machine (resolvectl "
                      "status, /etc/resolv.conf)");
    }
    addresses_ = *addresses;
    return done({"name",
                 Outcome::good,
                 {},
                 fmt::format("{} is {}", uplink_.host, fmt::join(addresses_, ", ")),
                 "",
                 {}});
}

bool Examination::tcp() {
    std::vector<std::string> tried;
    std::optional<Error> last;
    for (const std::string& address : addresses_) {
        probe_.emplace(question_.patience);
        if (const auto connected = probe_->connect(address, uplink_.port); !connected) {
            last = connected.error();
            tried.push_back(address + ": " + last->text());
            continue;
        }
        DoctorStep step{"tcp", Outcome::good,
                        {},    fmt::format("connected to {} port {}", address, uplink_.port),
                        "",    tried};
        if (!tried.empty()) {
            step.outcome = Outcome::warned;
            step.remedy = "other addresses of the broker do not answer: see above";
        }
        return done(std::move(step));
    }
    return failed("tcp", *last, tcp_remedy(uplink_), tried);
}

bool Examination::clock() {
    const std::string now = rfc3339(clock_.wall());
    if (clock_.wall() < ClockTrust::never_before) {
        return failed("clock", Error::retry("it says " + now + ", which has been long ago"),
                      "set the clock, or `timedatectl set-ntp true`: by this one no certificate "
                      "and no token is valid, and the gateway does not connect");
    }
    if (time_service_state().synchronised) {
        return done({"clock", Outcome::good, {}, "it is " + now + ", synchronised", "", {}});
    }
    return done(
        {"clock",
         Outcome::warned,
         {},
         "it is " + now + ", and no time service has set it",
         "compare it with a watch: where it is wrong a broker refuses tokens as expired or issued "
         "in the future; `timedatectl set-ntp true` lets systemd-timesyncd set it",
         {}});
}

bool Examination::tls() {
    if (!uplink_.secure) {
        const bool secret = uplink_.auth.method != config::AuthMethod::none;
        return done({"tls",
                     secret ? Outcome::warned : Outcome::skipped,
                     {},
                     "the url is mqtt://: nothing is encrypted",
                     secret ? "credentials can be read by others on the way; use mqtts://" : "",
                     {}});
    }
    const auto seen = probe_->start_tls(uplink_.host, uplink_.tls);
    if (!seen) return failed("tls", seen.error(), handshake_remedy(uplink_, seen.error()));
    std::vector<std::string> chain;
    for (const SeenCertificate& certificate : seen->chain) {
        chain.push_back(fmt::format("{} by {}, {} to {}", certificate.subject, certificate.issuer,
                                    certificate.valid_from, certificate.valid_until));
    }
    if (!seen->distrust.empty()) {
        return failed("tls", Error::stop_device(seen->distrust),
                      trust_remedy(*seen, uplink_, clock_.wall()), std::move(chain));
    }
    return done({"tls",
                 Outcome::good,
                 {},
                 seen->version + ", " + seen->cipher + ", trusted",
                 "",
                 std::move(chain)});
}

bool Examination::credentials() {
    if (uplink_.auth.method == config::AuthMethod::none) {
        return done({"credentials", Outcome::skipped, {}, "the method is none", "", {}});
    }
    const auto secret = make_secret(uplink_, question_.device, key_, clock_.wall());
    if (!secret) {
        return failed("credentials", secret.error(), "without it no login is tried");
    }
    secret_ = secret->text;
    const Login login = login_of(uplink_, question_.device, secret_);
    DoctorStep step{"credentials", Outcome::good, {}, "user name " + login.username, "", {}};
    if (uplink_.auth.method == config::AuthMethod::certificate) {
        step.found = "the client certificate " + uplink_.tls.cert_file.string();
    } else if (uplink_.auth.method != config::AuthMethod::device_credentials) {
        step.found += ", and a secret of " + std::to_string(secret_.size()) + " bytes";
    } else if (const auto token = decode_token(secret_)) {
        step.found = "a token was made: " + boost::json::serialize(token->payload);
        if (key_ == WhichKey::next) step.found = "by next_key_file " + step.found;
        step.details.push_back("header " + boost::json::serialize(token->header));
        if (const auto key = device_key(uplink_, question_.device, key_)) {
            step.details.push_back("the public key's kid (spki-sha256) is " + key->spki_sha256());
        }
    }
    const auto file = secret_file_of(uplink_, question_.device, key_);
    if (!file.empty() && readable_by_others(file)) {
        step.outcome = Outcome::warned;
        step.remedy = others_may_read(file);
    }
    return done(std::move(step));
}

/// The next packet of the broker, which should be the wanted one.
Result<mqtt::Frame> Examination::answer(mqtt::PacketType wanted) {
    for (;;) {
        const auto frame = mqtt::first_frame(received_, most_answer_bytes);
        if (!frame) return frame.error();
        if (*frame && (*frame)->type == wanted) return **frame;
        if (*frame) {  // such as a retained downlink in front of the SUBACK
            received_.erase(received_.begin(),
                            received_.begin() + static_cast<std::ptrdiff_t>((*frame)->size));
            continue;
        }
        const auto more = probe_->receive();
        if (!more) return more.error();
        received_.insert(received_.end(), more->begin(), more->end());
    }
}

mqtt::Version version_of(const config::UplinkOptions& uplink) {
    return uplink.mqtt_version == config::MqttVersion::v5 ? mqtt::Version::v5
                                                          : mqtt::Version::v3_1_1;
}

bool Examination::login() {
    if (!question_.no_login.empty()) {
        done({"login", Outcome::skipped, {}, question_.no_login, "", {}});
        return false;
    }
    Login login = login_of(uplink_, question_.device, secret_);
    mqtt::Connect packet;
    packet.version = version_of(uplink_);
    packet.client_id = question_.device.text();
    packet.username = std::move(login.username);
    packet.password = std::move(login.password);
    if (const auto sent = probe_->send(mqtt::encode(packet)); !sent) {
        return failed("login", sent.error(), silent_login_remedy(uplink_));
    }
    const auto frame = answer(mqtt::PacketType::connack);
    if (!frame) return failed("login", frame.error(), silent_login_remedy(uplink_));
    const auto said = mqtt::decode_connack(*frame, packet.version);
    received_.clear();
    if (!said) return failed("login", said.error(), "is there an MQTT broker behind the url?");
    if (said->reason != 0) {
        std::string sentence = "CONNACK: " + reason_text(said->reason);
        if (!said->reason_string.empty()) sentence += ", " + said->reason_string;
        other_key_is_left_ = key_ == WhichKey::present && is_credential_fault(said->reason) &&
                             !uplink_.auth.next_key_file.empty();
        if (other_key_is_left_) {
            done({"login", Outcome::warned, {}, sentence, "next_key_file is tried", {}});
            return false;
        }
        return failed("login", Error::stop_device(sentence),
                      login_remedy(uplink_, question_.device, said->reason));
    }
    other_key_is_left_ = false;
    DoctorStep step{
        "login", Outcome::good, {}, "client id " + packet.client_id + " is connected", "", {}};
    if (key_ == WhichKey::next) {
        step.outcome = Outcome::warned;
        step.remedy = "the platform knows the next key alone: name its file as key_file";
    }
    step.details.push_back(fmt::format(
        "receive maximum {}, largest packet {}", said->receive_maximum,
        said->maximum_packet_size == 0 ? "not told" : std::to_string(said->maximum_packet_size)));
    return done(std::move(step));
}

bool Examination::subscription() {
    const std::string filter = downlink_filter(uplink_, question_.device, secret_);
    if (filter.empty()) {
        return done(
            {"subscription", Outcome::skipped, {}, "the uplink has no downlink topic", "", {}});
    }
    const std::string shown = downlink_filter(uplink_, question_.device, secret_mark);
    const mqtt::Version version = version_of(uplink_);
    const auto sent = probe_->send(mqtt::encode(mqtt::Subscribe{version, 1, filter, 1}));
    const auto frame = sent ? answer(mqtt::PacketType::suback) : Result<mqtt::Frame>(sent.error());
    const auto said =
        frame ? mqtt::decode_suback(*frame, version) : Result<mqtt::SubscribeAnswer>(frame.error());
    (void)probe_->send(mqtt::encode_disconnect(version));
    if (!said) {
        return failed("subscription", said.error(),
                      "the broker may close a session that asks for a topic it must not have");
    }
    if (said->reasons.front() >= 0x80) {
        return failed("subscription",
                      Error::stop_device(shown + ": " + reason_text(said->reasons.front())),
                      "the device may not subscribe there: look at the platform's rules for it");
    }
    const bool asked_for = said->reasons.front() >= 1;
    return done({"subscription",
                 asked_for ? Outcome::good : Outcome::warned,
                 {},
                 fmt::format("{} at QoS {}", shown, said->reasons.front()),
                 asked_for ? "" : "QoS 1 was asked for: at 0 the broker may lose a downlink",
                 {}});
}

}  // namespace

std::string_view name_of(DoctorStep::Outcome outcome) {
    switch (outcome) {
        case Outcome::good:
            return "ok";
        case Outcome::warned:
            return "warning";
        case Outcome::failed:
            return "FAILED";
        case Outcome::skipped:
            return "skipped";
    }
    return "?";
}

std::vector<DoctorStep> examine(const DoctorQuestion& question, const Clock& clock,
                                const std::function<void(const DoctorStep&)>& on_step) {
    return Examination(question, clock, on_step).run();
}

}  // namespace fieldway::uplink
