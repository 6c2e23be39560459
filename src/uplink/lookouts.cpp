#include "uplink/lookouts.h"

namespace fieldway::uplink {

Lookouts::Orders Lookouts::changed(const std::string& uplink, Ticket ticket, SessionState state) {
    Watch& watch = watches_[uplink];
    // A try is under way: nothing is known yet.
    if (state == SessionState::connecting || state == SessionState::renewing) return {};
    if (state == SessionState::waiting) {
        watch.waiting.insert(ticket);
        return choose(watch);
    }
    watch.waiting.erase(ticket);
    if (state == SessionState::up) {
        const Orders orders{std::nullopt, {watch.waiting.begin(), watch.waiting.end()}};
        watch = {};
        return orders;
    }
    if (watch.lookout == ticket) watch.lookout.reset();
    return choose(watch);
}

Lookouts::Orders Lookouts::choose(Watch& watch) {
    if (watch.lookout || watch.waiting.empty()) return {};
    watch.lookout = *watch.waiting.begin();
    return {watch.lookout, {}};
}

}  // namespace fieldway::uplink
