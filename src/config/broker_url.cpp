#include "config/broker_url.h"

#include <charconv>
#include <system_error>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "config/diagnostic.h"

namespace fieldway::config {

namespace {

Error bad_url(std::string_view text, const std::string& why) {
    return Error::drop_item("url is " + shown_text(text) + "; " + why);
}

}  // namespace

Result<BrokerUrl> parse_broker_url(std::string_view text) {
    // Before anything else: a sentence that shows the url would show what stands before the @.
    if (text.find('@') != std::string_view::npos) {
        return Error::drop_item("url holds a user name or password; they belong under auth");
    }
    const auto parsed = boost::urls::parse_uri(text);
    if (!parsed) return bad_url(text, "it must be mqtt://HOST:PORT or mqtts://HOST:PORT");
    const boost::urls::url_view url = *parsed;
    const std::string scheme(url.scheme());
    if (scheme == "ws" || scheme == "wss") {
        return bad_url(text, "MQTT over WebSocket is not built yet; use mqtt:// or mqtts://");
    }
    if (scheme != "mqtt" && scheme != "mqtts") {
        return bad_url(text, "its scheme must be mqtt or mqtts");
    }
    BrokerUrl broker;
    broker.secure = scheme == "mqtts";
    broker.host = url.host_address();
    if (broker.host.empty()) return bad_url(text, "it names no host");
    if (url.has_query() || url.has_fragment() ||
        (!url.encoded_path().empty() && url.encoded_path() != "/")) {
        return bad_url(text, "nothing may follow the port");
    }
    broker.port = broker.secure ? 8883 : 1883;
    if (url.has_port() && !url.port().empty()) {
        // Not port_number(): it wraps what is too large.
        const std::string digits(url.port());
        const auto [end, status] =
            std::from_chars(digits.data(), digits.data() + digits.size(), broker.port);
        if (status != std::errc() || broker.port == 0) return bad_url(text, "a port is 1 to 65535");
    }
    return broker;
}

}  // namespace fieldway::config
