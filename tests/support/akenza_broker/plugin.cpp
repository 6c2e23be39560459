// A plugin for mosquitto that gives it the platform's rules (rules.h), a ledger of what happened
// (JSON lines), and what a test can ask of it while it runs: a folder `orders` in which a file
//   refuse/DEVICE   refuses the device's logins while it is there
//   deny/DEVICE     refuses what the device publishes while it is there
//   mute/DEVICE     refuses what the device subscribes to while it is there
//   kick/DEVICE     closes the device's session, once
// Options (plugin_opt_...): keys audience connector secret leeway longest ledger orders, and
// close_at_expiry true|false.
#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <map>
#include <string>

#include <boost/json.hpp>
#include <mqtt_protocol.h>

#include "rules.h"

namespace {

namespace json = boost::json;
namespace fs = std::filesystem;
using akenza_broker::Login;

constexpr int mqtt5 = 5;
/// Clients of the test itself, to which no rule applies.
constexpr std::string_view test_prefix = "test-";

struct Broker {
    akenza_broker::Options options;
    fs::path orders;
    bool close_at_expiry = true;
    FILE* ledger = nullptr;
    std::map<std::string, Login> logins;           ///< of connected clients
    std::map<std::string, std::int64_t> expiries;  ///< of their tokens

    void tell(json::object entry) const {
        if (ledger == nullptr) return;
        timespec now{};
        clock_gettime(CLOCK_REALTIME, &now);
        entry["time"] = static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
        std::fputs((json::serialize(entry) + "\n").c_str(), ledger);
        std::fflush(ledger);
    }
    [[nodiscard]] bool ordered(const char* what, const std::string& client) const {
        std::error_code none;
        return !orders.empty() && fs::exists(orders / what / client, none);
    }
};

std::string text_of(const char* text) {
    return text == nullptr ? "" : text;
}

int on_login(int, void* data, void* context) {
    auto& broker = *static_cast<Broker*>(context);
    const auto& event = *static_cast<mosquitto_evt_basic_auth*>(data);
    const std::string client = text_of(mosquitto_client_id(event.client));
    if (client.starts_with(test_prefix)) return MOSQ_ERR_SUCCESS;
    auto verdict = akenza_broker::judge_login(broker.options, client, text_of(event.username),
                                              text_of(event.password), std::time(nullptr));
    if (broker.ordered("refuse", client)) verdict.refused = "ordered";
    broker.tell({{"event", verdict.refused.empty() ? "login" : "refused"},
                 {"client", client},
                 {"why", verdict.refused},
                 {"version", mosquitto_client_protocol_version(event.client)},
                 {"keepalive", mosquitto_client_keepalive(event.client)},
                 {"clean", mosquitto_client_clean_session(event.client)},
                 {"expires", verdict.expires}});
    if (!verdict.refused.empty()) return MOSQ_ERR_AUTH;
    broker.logins[client] = verdict.login;
    broker.expiries.erase(client);
    if (verdict.expires != 0) broker.expiries[client] = verdict.expires;
    return MOSQ_ERR_SUCCESS;
}

std::string content_type_of(const mosquitto_property* properties) {
    char* type = nullptr;
    mosquitto_property_read_string(properties, MQTT_PROP_CONTENT_TYPE, &type, false);
    const std::string copy = text_of(type);
    std::free(type);
    return copy;
}

int on_publish(const Broker& broker, const std::string& client, Login login,
               const mosquitto_evt_acl_check& event) {
    const std::string_view payload(static_cast<const char*>(event.payload), event.payloadlen);
    const bool five = mosquitto_client_protocol_version(event.client) == mqtt5;
    const std::string type = five ? content_type_of(event.properties) : "";
    std::string why = akenza_broker::judge_uplink(broker.options, login, client, event.topic);
    if (why.empty()) why = akenza_broker::judge_payload(type, payload);
    if (why.empty() && broker.ordered("deny", client)) why = "ordered";
    broker.tell({{"event", why.empty() ? "publish" : "denied"},
                 {"client", client},
                 {"topic", event.topic},
                 {"type", type},
                 {"qos", event.qos},
                 {"retain", event.retain},
                 {"payload", payload},
                 {"why", why}});
    return why.empty() ? MOSQ_ERR_SUCCESS : MOSQ_ERR_ACL_DENIED;
}

int on_access(int, void* data, void* context) {
    auto& broker = *static_cast<Broker*>(context);
    const auto& event = *static_cast<mosquitto_evt_acl_check*>(data);
    const std::string client = text_of(mosquitto_client_id(event.client));
    if (client.starts_with(test_prefix)) return MOSQ_ERR_SUCCESS;
    const auto login = broker.logins.find(client);
    if (login == broker.logins.end()) return MOSQ_ERR_ACL_DENIED;
    if (event.access == MOSQ_ACL_WRITE) return on_publish(broker, client, login->second, event);
    std::string why =
        akenza_broker::judge_downlink(broker.options, login->second, client, event.topic);
    if (event.access == MOSQ_ACL_SUBSCRIBE) {
        if (broker.ordered("mute", client)) why = "ordered";
        broker.tell({{"event", "subscribe"},
                     {"client", client},
                     {"topic", event.topic},
                     {"qos", event.qos},
                     {"why", why}});
    }
    return why.empty() ? MOSQ_ERR_SUCCESS : MOSQ_ERR_ACL_DENIED;
}

int on_disconnect(int, void* data, void* context) {
    auto& broker = *static_cast<Broker*>(context);
    const auto& event = *static_cast<mosquitto_evt_disconnect*>(data);
    const std::string client = text_of(mosquitto_client_id(event.client));
    broker.tell({{"event", "disconnect"}, {"client", client}, {"reason", event.reason}});
    return MOSQ_ERR_SUCCESS;
}

void kick(Broker& broker, const std::string& client, const char* why) {
    broker.tell({{"event", "closed"}, {"client", client}, {"why", why}});
    broker.expiries.erase(client);
    mosquitto_kick_client_by_clientid(client.c_str(), false);
}

int on_tick(int, void*, void* context) {
    auto& broker = *static_cast<Broker*>(context);
    if (broker.close_at_expiry) {
        const std::int64_t now = std::time(nullptr);
        for (auto at = broker.expiries.begin(); at != broker.expiries.end();) {
            const auto entry = at++;  // kick erases it
            if (entry->second <= now) kick(broker, std::string(entry->first), "token expired");
        }
    }
    std::error_code none;
    for (const auto& order : fs::directory_iterator(broker.orders / "kick", none)) {
        const std::string client = order.path().filename();
        fs::remove(order.path(), none);
        kick(broker, client, "ordered");
    }
    return MOSQ_ERR_SUCCESS;
}

bool set_option(Broker& broker, const std::string& name, const std::string& value) {
    auto& options = broker.options;
    if (name == "keys") {
        options.keys = value;
    } else if (name == "audience") {
        options.audience = value;
    } else if (name == "connector") {
        options.connector = value;
    } else if (name == "secret") {
        options.secret = value;
    } else if (name == "leeway") {
        options.leeway = std::stoll(value);
    } else if (name == "longest") {
        options.longest = std::stoll(value);
    } else if (name == "orders") {
        broker.orders = value;
    } else if (name == "close_at_expiry") {
        broker.close_at_expiry = value == "true";
    } else if (name == "ledger") {
        broker.ledger = std::fopen(value.c_str(), "a");
    } else {
        return false;
    }
    return true;
}

}  // namespace

extern "C" {

int mosquitto_plugin_version(int count, const int* versions) {
    for (int i = 0; i < count; ++i) {
        if (versions[i] == 5) return 5;
    }
    return -1;
}

int mosquitto_plugin_init(mosquitto_plugin_id_t* id, void** context, mosquitto_opt* options,
                          int count) {
    auto* broker = new Broker;
    *context = broker;
    for (int i = 0; i < count; ++i) {
        if (!set_option(*broker, options[i].key, options[i].value)) {
            mosquitto_log_printf(MOSQ_LOG_ERR, "unknown option %s", options[i].key);
            return MOSQ_ERR_INVAL;
        }
    }
    mosquitto_callback_register(id, MOSQ_EVT_BASIC_AUTH, on_login, nullptr, broker);
    mosquitto_callback_register(id, MOSQ_EVT_ACL_CHECK, on_access, nullptr, broker);
    mosquitto_callback_register(id, MOSQ_EVT_DISCONNECT, on_disconnect, nullptr, broker);
    mosquitto_callback_register(id, MOSQ_EVT_TICK, on_tick, nullptr, broker);
    return MOSQ_ERR_SUCCESS;
}

int mosquitto_plugin_cleanup(void* context, mosquitto_opt*, int) {
    auto* broker = static_cast<Broker*>(context);
    if (broker->ledger != nullptr) std::fclose(broker->ledger);
    delete broker;
    return MOSQ_ERR_SUCCESS;
}

}  // extern "C"
