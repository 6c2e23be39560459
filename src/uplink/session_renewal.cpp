// The part of a session that is about a token that expires: the next one is made, and a place in
// the line of connects taken, while the present connection goes on.
#include "uplink/session.h"

namespace fieldway::uplink {

void Session::perform(const action::Prepare&) {
    preparing_ = true;
    prepared_ = false;
    enter_line();
}

void Session::perform(const action::Abandon&) {
    if (!std::exchange(preparing_, false)) return;
    ++attempt_;
    around_.leave_line(ticket_);
}

void Session::perform(const action::Replace& replace) {
    ++attempt_;
    preparing_ = false;
    drop_told_ = false;
    connection_->close();
    connect(replace.watch_ending);
}

/// A connection that takes the place of another as planned is no news to people, and what was said
/// of the one before holds on.
bool Session::renewal_hides(const action::Change& change) {
    const bool begins = change.state == SessionState::renewing;
    const bool ends = state_ == SessionState::renewing && change.state == SessionState::up;
    if (!begins && !ends) return false;
    state_ = change.state;
    reason_ = change.sentence;
    if (ends) {
        around_.log.debug("session.renewed",
                          "device " + device_.text() + " is connected with a new token",
                          {{"device", device_.text()}, {"uplink", uplink_.name}});
    }
    return true;
}

}  // namespace fieldway::uplink
