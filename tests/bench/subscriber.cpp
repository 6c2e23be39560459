// Counts what arrives at a subscriber and how old it is: arrival (wall clock) minus the payload's
// `timestamp`. The timestamp is cut to milliseconds, so an age is up to 1 ms too large.
//
// Usage: bench_subscriber PORT FILTER. Prints {"ready": true} when subscribed; on each SIGUSR1 the
// figures since the last one, and begins anew. Ends on SIGTERM.
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <iostream>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <MQTTClient.h>
#include <boost/json.hpp>

#include "base/clock.h"

namespace {

namespace json = boost::json;

struct Arrivals {
    std::mutex mutex;  // guards what is below: the library calls from its own thread
    std::uint64_t messages = 0;
    std::map<std::string, std::uint64_t> by_topic;
    std::vector<double> ages_ms;
};

double age_ms(std::string_view payload) {
    constexpr std::string_view key = R"("timestamp":")";
    const std::size_t at = payload.find(key);
    if (at == std::string_view::npos) return -1;
    const std::string_view rest = payload.substr(at + key.size());
    const auto time = fieldway::parse_rfc3339(rest.substr(0, rest.find('"')));
    if (!time) return -1;
    return std::chrono::duration<double, std::milli>(std::chrono::system_clock::now() - *time)
        .count();
}

int on_message(void* context, char* topic, int, MQTTClient_message* message) {
    auto& arrivals = *static_cast<Arrivals*>(context);
    const std::string_view payload(static_cast<const char*>(message->payload),
                                   static_cast<std::size_t>(message->payloadlen));
    const double age = age_ms(payload);
    {
        const std::lock_guard lock(arrivals.mutex);
        ++arrivals.messages;
        ++arrivals.by_topic[topic];
        if (age >= 0) arrivals.ages_ms.push_back(age);
    }
    MQTTClient_freeMessage(&message);
    MQTTClient_free(topic);
    return 1;
}

json::object take_figures(Arrivals& arrivals) {
    const std::lock_guard lock(arrivals.mutex);
    json::object result{{"messages", arrivals.messages}, {"topics", arrivals.by_topic.size()}};
    std::vector<double>& ages = arrivals.ages_ms;
    if (!ages.empty()) {
        std::sort(ages.begin(), ages.end());
        result["age_p50_ms"] = ages[ages.size() / 2];
        result["age_p99_ms"] = ages[ages.size() * 99 / 100];
        result["age_max_ms"] = ages.back();
    }
    arrivals.messages = 0;
    arrivals.by_topic.clear();
    ages.clear();
    return result;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    sigset_t asked;
    sigemptyset(&asked);
    for (const int signal : {SIGUSR1, SIGTERM, SIGINT})
        sigaddset(&asked, signal);
    pthread_sigmask(SIG_BLOCK, &asked, nullptr);  // before the library makes its threads

    Arrivals arrivals;
    MQTTClient client = nullptr;
    const std::string uri = "tcp://127.0.0.1:" + std::string(argv[1]);
    MQTTClient_create(&client, uri.c_str(), "bench-subscriber", MQTTCLIENT_PERSISTENCE_NONE,
                      nullptr);
    MQTTClient_setCallbacks(client, &arrivals, nullptr, on_message, nullptr);
    MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
    if (MQTTClient_connect(client, &options) != MQTTCLIENT_SUCCESS ||
        MQTTClient_subscribe(client, argv[2], 0) != MQTTCLIENT_SUCCESS) {
        std::cerr << "cannot subscribe at " << uri << '\n';
        return 1;
    }
    std::cout << R"({"ready": true})" << std::endl;
    int number = 0;
    while (sigwait(&asked, &number) == 0 && number == SIGUSR1) {
        std::cout << take_figures(arrivals) << std::endl;
    }
    MQTTClient_disconnect(client, 1000);
    MQTTClient_destroy(&client);
    return 0;
}
