#include "uplink/window.h"

#include <algorithm>

namespace fieldway::uplink {

void Window::begin(MonotonicTime now, std::uint32_t most, bool kept) {
    most_ = std::max<std::uint32_t>(1, most);
    if (!kept) clear();
    for (Open& open : open_)
        open.sent.at = now;
}

void Window::clear() {
    open_.clear();
    again_.clear();
}

std::uint64_t Window::push(const Sent& sent) {
    open_.push_back({next_id_, sent});
    return next_id_++;
}

std::optional<Sent> Window::take(std::uint64_t id) {
    const auto found =
        std::find_if(open_.begin(), open_.end(), [&](const Open& open) { return open.id == id; });
    if (found == open_.end()) return std::nullopt;
    const Sent sent = found->sent;
    open_.erase(found);
    return sent;
}

std::optional<Place> Window::again() const {
    return again_.empty() ? std::nullopt : std::optional(*again_.begin());
}

std::size_t Window::most_bytes() const {
    std::size_t most = 0;
    for (const Open& open : open_)
        most = std::max(most, open.sent.bytes);
    return most;
}

bool Window::knows(std::uint64_t id) const {
    return std::any_of(open_.begin(), open_.end(), [&](const Open& open) { return open.id == id; });
}

bool Window::holds(const Place& place) const {
    return again_.contains(place) || std::any_of(open_.begin(), open_.end(), [&](const Open& open) {
               return open.sent.place == place;
           });
}

}  // namespace fieldway::uplink
