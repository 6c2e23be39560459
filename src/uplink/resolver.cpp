#include "uplink/resolver.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include <boost/asio/ip/address.hpp>

namespace fieldway::uplink {

Result<Addresses> look_up(const std::string& host) {
    if (host == "localhost" || host.ends_with(".localhost")) return Addresses{"127.0.0.1", "::1"};
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* first = nullptr;
    const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &first);
    if (code != 0) {
        return Error::retry("cannot find the address of " + host + ": " + ::gai_strerror(code));
    }
    Addresses addresses;
    for (const addrinfo* at = first; at != nullptr; at = at->ai_next) {
        char text[NI_MAXHOST];
        if (::getnameinfo(at->ai_addr, at->ai_addrlen, text, sizeof text, nullptr, 0,
                          NI_NUMERICHOST) == 0) {
            addresses.emplace_back(text);
        }
    }
    ::freeaddrinfo(first);
    if (addresses.empty()) return Error::retry(host + " has no address");
    return addresses;
}

void Resolver::resolve(const std::string& host, Answer answer) {
    boost::system::error_code no_number;
    (void)boost::asio::ip::make_address(host, no_number);
    if (!no_number) {
        answer(Addresses{host});
        return;
    }
    const auto found = entries_.find(host);
    if (found == entries_.end() && entries_.size() >= most_names) {
        answer(Error::retry("too many broker names are in use at once; restart the gateway"));
        return;
    }
    Entry& entry = found == entries_.end() ? entries_[host] : found->second;
    const Duration age = clock_.monotonic() - entry.at;
    if (entry.addresses.empty() || age >= usable) {
        if (entry.waiting.size() >= most_waiting) {
            answer(Error::retry("the name server does not answer about " + host));
            return;
        }
        entry.waiting.push_back(std::move(answer));
        ask(host, entry);
        return;
    }
    const Addresses addresses = entry.addresses;
    if (age >= fresh) ask(host, entry);
    answer(addresses);
}

void Resolver::ask(const std::string& host, Entry& entry) {
    if (std::exchange(entry.asking, true)) return;
    const bool taken = background_.submit(
        [this, alive = std::weak_ptr(alive_), host, lookup = lookup_]() -> Background::Reply {
            Result<Addresses> result = lookup(host);
            return [this, alive, host, result = std::move(result)] {
                if (!alive.expired()) answered(host, result);
            };
        });
    if (!taken) answered(host, Error::retry("too many name look-ups wait already"));
}

void Resolver::answered(const std::string& host, const Result<Addresses>& result) {
    Entry& entry = entries_[host];
    entry.asking = false;
    if (result) {
        entry.addresses = *result;
        entry.at = clock_.monotonic();
    }
    const auto waiting = std::exchange(entry.waiting, {});
    for (const Answer& answer : waiting)
        answer(result);
}

}  // namespace fieldway::uplink
