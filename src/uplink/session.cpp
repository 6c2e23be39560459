#include "uplink/session.h"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "uplink/credentials.h"
#include "uplink/platform.h"
#include "uplink/reasons.h"

namespace fieldway::uplink {

namespace {

SessionRules rules_of(const config::UplinkOptions& uplink, const DeviceId& device) {
    SessionRules rules;
    rules.subscribes = !downlink_filter(uplink, device, secret_mark).empty();
    rules.in_flight = uplink.limits.in_flight;
    rules.messages_per_second = uplink.limits.messages_per_second;
    return rules;
}

/// What a person would call a change worth a line: a new try to connect is none.
bool is_moment(SessionState state) {
    return state != SessionState::connecting && state != SessionState::renewing &&
           state != SessionState::stopping;
}

}  // namespace

std::size_t publish_packet_bytes(std::size_t topic, std::size_t payload, std::size_t content_type) {
    constexpr std::size_t header = 1 + 4;       // type, remaining length at its longest
    constexpr std::size_t lengths = 2 + 2 + 4;  // topic length, packet id, property length
    const std::size_t property = content_type == 0 ? 0 : 1 + 2 + content_type;
    return header + lengths + topic + property + payload;
}

Session::Session(SessionSurroundings& around, const config::UplinkOptions& uplink, DeviceId device,
                 std::uint64_t ticket, std::uint64_t seed)
    : around_(around),
      uplink_(uplink),
      device_(std::move(device)),
      ticket_(ticket),
      machine_(rules_of(uplink, device_), seed),
      connection_(around.engine.make(*this)),
      timer_(around.core),
      since_(around.clock.wall()) {}

Session::~Session() {
    around_.leave_line(ticket_);
    around_.leave_gate(ticket_);
}

void Session::start() {
    run(machine_.start(now()));
}

void Session::arrived(Stream stream) {
    run(machine_.available(now(), stream));
}

void Session::granted(Stream stream) {
    run(machine_.granted(now(), stream));
}

void Session::stop(MonotonicTime deadline, std::function<void()> stopped) {
    stopped_ = std::move(stopped);
    run(machine_.stop(now(), deadline));
}

queue::StreamKey Session::key_of(Stream stream) const {
    return {uplink_.name, device_, stream.lane, stream.drain};
}

Sequences Session::newest() const {
    Sequences newest{};
    for (std::size_t i = 0; i < newest.size(); ++i)
        newest[i] = around_.queue.newest(key_of(stream_at(i)));
    return newest;
}

std::string Session::broker() const {
    return fmt::format("{}:{}", uplink_.host, uplink_.port);
}

void Session::run(Actions actions) {
    for (Action& action : actions)
        todo_.push_back(std::move(action));
    // What an action causes (a queue that tells of an arrival) is appended, not nested.
    if (running_) return;
    running_ = true;
    while (!todo_.empty()) {
        const Action action = std::move(todo_.front());
        todo_.pop_front();
        std::visit([this](const auto& a) { perform(a); }, action);
    }
    running_ = false;
    arm_timer();
    if (machine_.state() == SessionState::stopped && stopped_) {
        boost::asio::post(around_.core, std::exchange(stopped_, {}));
    }
}

void Session::arm_timer() {
    const auto wake = machine_.wake();
    if (!wake) {
        timer_.cancel();
        return;
    }
    timer_.expires_after(std::max(Duration::zero(), *wake - now()));
    timer_.async_wait([this, alive = std::weak_ptr(alive_)](boost::system::error_code cancelled) {
        if (!cancelled && !alive.expired()) run(machine_.tick(now()));
    });
}

void Session::perform(const action::Close&) {
    ++attempt_;
    around_.leave_line(ticket_);
    connection_->close();
}

void Session::perform(const action::Draw& draw) {
    auto records = around_.queue.peek(key_of(draw.stream), draw.after, 1);
    std::optional<Drawn> drawn;
    drawn_ = records.empty() ? nullptr : std::move(records.front());
    payload_ = drawn_ ? payload_of(drawn_) : nullptr;
    if (payload_) {
        const Message& message = drawn_->message;
        const std::string topic = uplink_topic(uplink_, device_, message.subtopic, secret_);
        drawn = Drawn{drawn_->sequence, publish_packet_bytes(topic.size(), payload_->size(),
                                                             mime_of(message.content_type).size())};
    }
    run(machine_.drawn(now(), drawn));
}

void Session::perform(const action::Ask& ask) {
    run(machine_.asked(now(), around_.ask_gate({ticket_, ask.stream}, ask.bytes)));
}

void Session::perform(const action::Leave&) {
    around_.leave_gate(ticket_);
}

void Session::perform(const action::Publish& publish) {
    if (!drawn_ || drawn_->sequence != publish.place.sequence) return;
    const Message& message = drawn_->message;
    PublishRequest request;
    request.id = publish.id;
    request.topic = uplink_topic(uplink_, device_, message.subtopic, secret_);
    request.payload = std::exchange(payload_, nullptr);
    if (uplink_.mqtt_version == config::MqttVersion::v5) {
        request.content_type = mime_of(message.content_type);
    }
    request.retain = uplink_.retain;
    drawn_.reset();
    ++published_;
    connection_->publish(std::move(request));
}

void Session::perform(const action::Release& release) {
    ++acknowledged_;
    around_.queue.release(key_of(release.place.stream), release.place.sequence);
}

void Session::perform(const action::Bury& bury) {
    const auto buried =
        around_.queue.bury(key_of(bury.place.stream), bury.place.sequence, bury.reason);
    if (!buried) return;
    if (!buried->record) {
        // On disk alone: its topic is not worth a read, the dead letter has it.
        around_.log.warning("message.buried", bury.reason, {{"device", device_.text()}});
        return;
    }
    const std::string topic = shown_topic(uplink_, device_, buried->record->message.subtopic);
    around_.log.warning("message.buried", bury.reason,
                        {{"device", device_.text()}, {"topic", topic}});
}

void Session::look_out() {
    machine_.look_out(now());
    if (!running_) arm_timer();
}

void Session::broker_is_back() {
    run(machine_.broker_is_back());
}

void Session::perform(const action::Change& change) {
    around_.changed(ticket_, change.state);
    const action::Change shown{change.state, redacted(change.sentence, secret_)};
    const SessionState from = state_;
    if (renewal_hides(shown)) return;
    const bool repeated = shown.state == state_ && shown.sentence == reason_;
    // From waiting to connecting and back for the same reason is no news.
    if (shown.state == SessionState::connecting) {
        if (state_ != SessionState::waiting) since_ = around_.clock.wall();
        state_ = shown.state;
        return;
    }
    const bool retried = from == SessionState::connecting && shown.state == SessionState::waiting &&
                         shown.sentence == reason_;
    state_ = shown.state;
    reason_ = shown.sentence;
    if (repeated || retried) return;
    since_ = around_.clock.wall();
    if (is_moment(shown.state)) log_change(from, shown);
}

void Session::log_change(SessionState from, const action::Change& change) const {
    const std::string device = "device " + device_.text();
    const std::string at = " broker " + broker();
    const std::initializer_list<LogField> fields{{"device", device_.text()},
                                                 {"uplink", uplink_.name}};
    switch (change.state) {
        case SessionState::up:
            if (!change.sentence.empty()) {
                around_.log.warning("session.token", device + " at" + at + ": " + change.sentence,
                                    fields);
                return;
            }
            around_.log.info("session.up", device + " is connected to" + at, fields);
            return;
        case SessionState::refused:
            around_.log.error("session.refused",
                              device + " is refused by" + at + ": " + change.sentence, fields);
            return;
        case SessionState::clock:
            around_.log.error(
                "session.clock",
                device + " is not connected to" + at + ", by its clock: " + change.sentence,
                fields);
            return;
        case SessionState::held:
            around_.log.error("session.refused",
                              device + " is held at" + at + ": " + change.sentence, fields);
            return;
        case SessionState::taken_over:
            around_.log.error("session.taken_over",
                              device + " was disconnected by" + at +
                                  ": another client connected with this client id; look for a "
                                  "second gateway with this device",
                              fields);
            return;
        case SessionState::stopped:
            if (from != SessionState::up && from != SessionState::stopping) return;
            around_.log.info("session.down", device + " is disconnected from" + at, fields);
            return;
        default:
            around_.log.warning("session.down",
                                device + " is not connected to" + at + ": " + change.sentence,
                                fields);
    }
}

SessionStatus Session::status() const {
    SessionStatus status{device_,    uplink_.name,  std::string(name_of(state_)), reason_,
                         published_, acknowledged_, machine_.in_flight(),         since_,
                         downlinks_};
    const SubscriptionState subscription = machine_.subscription().state();
    if (subscription != SubscriptionState::none) status.downlinks.state = name_of(subscription);
    return status;
}

void Session::on_connected(const ConnectResult& result) {
    ConnectResult judged = result;
    machine_.doubt_clock(doubts_clock());
    if (result.refused_by_broker && is_credential_fault(result.reason)) {
        judged = try_other_key(result);
        if (doubts_clock()) judged = blame_clock(std::move(judged));
    }
    run(machine_.connected(now(), judged, judged.accepted ? newest() : Sequences{}));
}

/// Rotation: a refused token of one key is no refusal of the device while there is another key. The
/// refusal of both is one, and the next try begins with the first again.
ConnectResult Session::try_other_key(ConnectResult result) {
    if (uplink_.auth.next_key_file.empty()) return result;
    const bool was_present = key_ == WhichKey::present;
    key_ = was_present ? WhichKey::next : WhichKey::present;
    if (was_present) {
        result.refused_by_broker = false;
        result.sentence += "; next_key_file is tried";
    }
    return result;
}

void Session::on_acknowledged(std::uint64_t id, std::uint8_t reason) {
    run(machine_.acknowledged(now(), id, reason));
}

void Session::on_publish_failed(std::uint64_t id, const std::string& sentence) {
    run(machine_.publish_failed(now(), id, sentence));
}

void Session::on_lost(Ending ending, std::uint8_t reason, const std::string& sentence) {
    machine_.doubt_clock(doubts_clock());
    run(machine_.lost(now(), ending, reason, sentence));
}

}  // namespace fieldway::uplink
