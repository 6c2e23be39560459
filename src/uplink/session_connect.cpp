// The part of a session that is about the way to a connection: its turn in the line of connects,
// its secret, its broker's addresses.
#include <utility>

#include "uplink/credentials.h"
#include "uplink/platform.h"
#include "uplink/session.h"

namespace fieldway::uplink {

namespace {

/// All who wait for the answer about one name would go at once when it comes: who waited longer
/// takes another turn with it.
constexpr Duration turn_lasts = std::chrono::milliseconds(100);

}  // namespace

void Session::perform(const action::Connect& connect) {
    drop_told_ = false;
    watch_ending_ = connect.watch_ending;
    preparing_ = false;
    prepared_ = false;
    enter_line();
}

void Session::enter_line() {
    ++attempt_;
    around_.leave_line(ticket_);
    around_.enter_line(ticket_);
}

void Session::may_connect() {
    if (const std::string why = hindered_by_clock(); !why.empty()) {
        run(machine_.clock_hinders(now(), why));
        return;
    }
    if (std::exchange(prepared_, false)) {
        fetch_secret();
        return;
    }
    machine_.connect_step(now(), "answer of the name server about " + uplink_.host);
    arm_timer();
    around_.resolver.resolve(uplink_.host,
                             [this, attempt = attempt_, turn = now(),
                              alive = std::weak_ptr(alive_)](const Result<Addresses>& addresses) {
                                 if (!alive.expired() && attempt == attempt_)
                                     with_addresses(turn, addresses);
                             });
}

void Session::with_addresses(MonotonicTime turn, const Result<Addresses>& addresses) {
    if (!addresses) {
        connect_failed(addresses.error());
        return;
    }
    addresses_ = *addresses;
    if (now() - turn <= turn_lasts) {
        fetch_secret();
        return;
    }
    machine_.connect_in_line();
    prepared_ = true;
    enter_line();
}

/// Last of all: a token is no older than it has to be.
void Session::fetch_secret() {
    const auto make = [uplink = uplink_, device = device_, key = key_,
                       wall = around_.clock.wall()] {
        return make_secret(uplink, device, key, wall);
    };
    if (!secret_is_in_a_file(uplink_.auth)) {
        with_secret(make());
        return;
    }
    machine_.connect_step(now(), "content of the file of the secret");
    arm_timer();
    const bool taken = around_.files.submit(
        [this, make, attempt = attempt_, alive = std::weak_ptr(alive_)]() -> Background::Reply {
            return [this, attempt, alive, secret = make()] {
                if (!alive.expired() && attempt == attempt_) with_secret(secret);
            };
        });
    if (!taken) connect_failed(Error::retry("too many secrets wait to be read"));
}

void Session::with_secret(const Result<Secret>& secret) {
    if (!secret) {
        connect_failed(secret.error());
        return;
    }
    next_secret_ = *secret;
    machine_.token_made(now(), next_secret_.life);
    if (preparing_) {
        run(machine_.prepared(now()));
    } else {
        connect(watch_ending_);
    }
}

void Session::connect(bool watch_ending) {
    secret_ = next_secret_.text;
    token_expires_ = next_secret_.expires;
    ConnectRequest request;
    request.host = uplink_.host;
    request.port = uplink_.port;
    request.addresses = addresses_;
    request.secure = uplink_.secure;
    request.tls = uplink_.tls;
    request.client_id = device_.text();
    Login login = login_of(uplink_, device_, secret_);
    request.username = std::move(login.username);
    request.password = std::move(login.password);
    request.version = uplink_.mqtt_version;
    request.keepalive = uplink_.keepalive;
    request.session_expiry = uplink_.session_expiry;
    request.watch_ending = watch_ending;
    machine_.connect_step(now(), "answer from the broker");
    around_.log.debug("session.connecting", "device " + device_.text() + " connects to " + broker(),
                      {{"device", device_.text()}, {"uplink", uplink_.name}});
    connection_->connect(request);
    arm_timer();
}

void Session::connect_failed(const Error& error) {
    if (preparing_) {
        run(machine_.prepare_failed(now(), error.text()));
        return;
    }
    ConnectResult result;
    // A secret that is not there is a fault of credentials: it waits as long as a refused one.
    result.refused_by_broker = error.consequence() != Consequence::retry;
    result.reason = result.refused_by_broker ? 0x86 : 0;
    result.sentence = error.text();
    machine_.doubt_clock(false);  // nobody asked the broker
    run(machine_.connected(now(), result));
}

}  // namespace fieldway::uplink
