#include "uplink/paho_client.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <MQTTAsync.h>
#include <fmt/format.h>

#include "flow/downlink.h"
#include "uplink/reasons.h"

namespace fieldway::uplink {

namespace {

/// Our own window is far below; this only has to be above it (Paho refuses more queued messages
/// than this).
constexpr int most_buffered = 4096;

/// What a broker of MQTT 5 keeps to itself. Far above the largest downlink that is taken: what is
/// between the two is told to whoever sent it.
constexpr std::uint32_t most_incoming_packet = 2 * 1024 * 1024;

int paho_version(config::MqttVersion version) {
    return version == config::MqttVersion::v5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1;
}

int seconds_of(Duration duration) {
    return static_cast<int>(std::chrono::ceil<std::chrono::seconds>(duration).count());
}

/// Frees what a list of MQTT 5 properties holds.
class Properties {
  public:
    Properties() = default;
    ~Properties() { MQTTProperties_free(&list_); }
    Properties(const Properties&) = delete;
    Properties& operator=(const Properties&) = delete;

    void add(MQTTPropertyCodes code, const std::string& text) {
        MQTTProperty property{};
        property.identifier = code;
        property.value.data.data = const_cast<char*>(text.data());  // copied by Paho, never written
        property.value.data.len = static_cast<int>(text.size());
        MQTTProperties_add(&list_, &property);
    }
    void add(MQTTPropertyCodes code, std::uint32_t number) {
        MQTTProperty property{};
        property.identifier = code;
        property.value.integer4 = number;
        MQTTProperties_add(&list_, &property);
    }
    [[nodiscard]] MQTTProperties* get() { return &list_; }

  private:
    MQTTProperties list_ = MQTTProperties_initializer;
};

std::uint32_t number_of(MQTTProperties& properties, MQTTPropertyCodes code,
                        std::uint32_t otherwise) {
    if (MQTTProperties_hasProperty(&properties, code) == 0) return otherwise;
    return static_cast<std::uint32_t>(MQTTProperties_getNumericValue(&properties, code));
}

/// OpenSSL takes the lowest TLS version from here: at security level 2 nothing below 1.2 is
/// offered, and with only PSK suites, which need a key that we do not have, nothing below 1.3.
const char* ciphers_for(const config::TlsOptions& tls) {
    return tls.min_version == "1.3" ? "PSK-AES256-GCM-SHA384:@SECLEVEL=2" : "DEFAULT:@SECLEVEL=2";
}

}  // namespace

struct PahoClient::Callbacks {
    static void connected(void* context, MQTTProperties* properties, int session_present) {
        Slot* const pending = static_cast<Slot*>(context);
        const Slot slot = pending->client->give_back(pending);
        PahoEvent event;
        event.kind = PahoEvent::Kind::connected;
        event.generation = slot.generation;
        event.result.accepted = true;
        event.result.session_present = session_present != 0;
        if (properties != nullptr) {
            event.result.receive_maximum = static_cast<std::uint16_t>(
                number_of(*properties, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM, 65535));
            event.result.maximum_packet_size =
                number_of(*properties, MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE, 0);
        }
        slot.client->tell(std::move(event));
    }
    static void connected3(void* context, MQTTAsync_successData* data) {
        connected(context, nullptr, data != nullptr ? data->alt.connect.sessionPresent : 0);
    }
    static void connected5(void* context, MQTTAsync_successData5* data) {
        connected(context, data != nullptr ? &data->properties : nullptr,
                  data != nullptr ? data->alt.connect.sessionPresent : 0);
    }
    static void refused(void* context, int code, const char* message) {
        Slot* const pending = static_cast<Slot*>(context);
        const Slot slot = pending->client->give_back(pending);
        slot.client->connect_failed(slot.generation, code, message);
    }
    static void refused3(void* context, MQTTAsync_failureData* data) {
        refused(context, data != nullptr ? data->code : MQTTASYNC_FAILURE,
                data != nullptr ? data->message : nullptr);
    }
    static void refused5(void* context, MQTTAsync_failureData5* data) {
        refused(context, data != nullptr ? data->code : MQTTASYNC_FAILURE,
                data != nullptr ? data->message : nullptr);
    }

    static void published(void* context, PahoEvent::Kind kind, int code) {
        Slot* const pending = static_cast<Slot*>(context);
        const Slot slot = pending->client->give_back(pending);
        PahoEvent event;
        event.kind = kind;
        event.generation = slot.generation;
        event.id = slot.id;
        event.code = static_cast<std::uint8_t>(code);
        slot.client->tell(std::move(event));
    }
    static void acknowledged3(void* context, MQTTAsync_successData*) {
        published(context, PahoEvent::Kind::acknowledged, 0);
    }
    static void acknowledged5(void* context, MQTTAsync_successData5*) {
        published(context, PahoEvent::Kind::acknowledged, 0);
    }
    static void failed3(void* context, MQTTAsync_failureData*) {
        published(context, PahoEvent::Kind::publish_failed, 0);
    }
    static void failed5(void* context, MQTTAsync_failureData5* data) {
        // A PUBACK that refuses comes here too, and only then is the reason an error of the broker.
        const bool answered =
            data != nullptr && data->reasonCode >= MQTTREASONCODE_UNSPECIFIED_ERROR;
        published(context,
                  answered ? PahoEvent::Kind::acknowledged : PahoEvent::Kind::publish_failed,
                  answered ? data->reasonCode : 0);
    }

    static void lost(PahoClient* client, PahoEvent::Kind kind, int code, std::string sentence) {
        PahoEvent event;
        event.kind = kind;
        event.generation = client->generation_.load();
        event.code = static_cast<std::uint8_t>(code);
        event.sentence = std::move(sentence);
        client->tell(std::move(event));
    }
    static void connection_lost(void* context, char*) {
        lost(static_cast<PahoClient*>(context), PahoEvent::Kind::lost, 0,
             "the connection was lost");
    }
    static void disconnected(void* context, MQTTProperties*, enum MQTTReasonCodes code) {
        lost(static_cast<PahoClient*>(context), PahoEvent::Kind::lost, code,
             "the broker closed the connection: " + reason_text(static_cast<std::uint8_t>(code)));
    }
    static void closed3(void* context, MQTTAsync_successData*) {
        lost(static_cast<PahoClient*>(context), PahoEvent::Kind::closed, 0, "");
    }
    static void closed5(void* context, MQTTAsync_successData5*) {
        lost(static_cast<PahoClient*>(context), PahoEvent::Kind::closed, 0, "");
    }
    static void not_closed3(void* context, MQTTAsync_failureData*) { closed3(context, nullptr); }
    static void not_closed5(void* context, MQTTAsync_failureData5*) { closed5(context, nullptr); }

    static void subscribed(void* context, int code) {
        published(context, PahoEvent::Kind::subscribed, code);
    }
    // Of one topic Paho gives the broker's answer as the granted QoS, or as a failure.
    static void subscribed3(void* context, MQTTAsync_successData* data) {
        subscribed(context, data != nullptr ? data->alt.qos : 0);
    }
    static void subscribed5(void* context, MQTTAsync_successData5* data) {
        subscribed(context, data != nullptr ? data->reasonCode : 0);
    }
    static void not_subscribed(void* context, int code) {
        if (code >= MQTTREASONCODE_UNSPECIFIED_ERROR) return subscribed(context, code);
        // No answer, as the connection is lost: that is told by itself.
        Slot* const pending = static_cast<Slot*>(context);
        pending->client->give_back(pending);
    }
    static void not_subscribed3(void* context, MQTTAsync_failureData* data) {
        not_subscribed(context, data != nullptr ? data->code : 0);
    }
    static void not_subscribed5(void* context, MQTTAsync_failureData5* data) {
        not_subscribed(context, data != nullptr ? data->reasonCode : 0);
    }

    /// Paho has acknowledged it before (docs/decisions/0004-paho.md).
    static int arrived(void* context, char* topic, int topic_size, MQTTAsync_message* message) {
        auto* const client = static_cast<PahoClient*>(context);
        PahoEvent event;
        event.kind = PahoEvent::Kind::arrived;
        event.generation = client->generation_.load();
        IncomingMessage& in = event.message;
        in.topic = topic_size > 0 ? std::string(topic, static_cast<std::size_t>(topic_size))
                                  : std::string(topic);
        in.bytes = static_cast<std::size_t>(std::max(0, message->payloadlen));
        if (in.bytes > 0 && in.bytes <= Downlink::most_bytes)
            in.payload.assign(static_cast<const char*>(message->payload), in.bytes);
        in.again = message->dup != 0;
        in.retained = message->retained != 0;
        if (const MQTTProperty* correlation = MQTTProperties_getProperty(
                &message->properties, MQTTPROPERTY_CODE_CORRELATION_DATA)) {
            in.correlation.assign(correlation->value.data.data,
                                  static_cast<std::size_t>(correlation->value.data.len));
        }
        MQTTAsync_freeMessage(&message);
        MQTTAsync_free(topic);
        client->tell(std::move(event));
        return 1;
    }
    static int tls_error(const char* text, std::size_t size, void* context) {
        static_cast<PahoClient*>(context)->note_tls_error({text, size});
        return 1;
    }
};

void PahoClient::prepare_library() {
    MQTTAsync_init_options options = MQTTAsync_init_options_initializer;
    options.do_openssl_init = 0;
    MQTTAsync_global_init(&options);
}

PahoClient::PahoClient(Kind kind, PahoSink sink) : kind_(std::move(kind)), sink_(std::move(sink)) {
    MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer;
    options.MQTTVersion = paho_version(kind_.version);
    options.maxBufferedMessages = most_buffered;
    // The address comes with each connect; this one is never used.
    create_code_ = MQTTAsync_createWithOptions(
        &handle_, kind_.secure ? "ssl://127.0.0.1" : "tcp://127.0.0.1", kind_.client_id.c_str(),
        MQTTCLIENT_PERSISTENCE_NONE, nullptr, &options);
    if (create_code_ != MQTTASYNC_SUCCESS) {
        handle_ = nullptr;
        return;
    }
    MQTTAsync_setCallbacks(handle_, this, Callbacks::connection_lost, Callbacks::arrived, nullptr);
    MQTTAsync_setDisconnected(handle_, this, Callbacks::disconnected);
}

PahoClient::~PahoClient() {
    if (handle_ != nullptr) MQTTAsync_destroy(&handle_);
}

bool PahoClient::is_connected() const {
    return handle_ != nullptr && MQTTAsync_isConnected(handle_) != 0;
}

void PahoClient::connect(const ConnectRequest& request, const std::string& address,
                         const std::string& proxy, std::uint64_t generation) {
    assert(request.session_expiry == Duration::zero() && "Paho's kept sessions are not used");
    generation_ = generation;
    {
        const std::lock_guard lock(mutex_);
        tls_error_.clear();
        host_ = request.host;
        shown_address_ = fmt::format("{}:{}", host_in_uri(address), request.port);
    }
    if (handle_ == nullptr) {
        connect_failed(generation, create_code_, "the client could not be made");
        return;
    }
    const bool v5 = kind_.version == config::MqttVersion::v5;
    MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;
    if (v5) options = MQTTAsync_connectOptions_initializer5;
    MQTTAsync_SSLOptions tls = MQTTAsync_SSLOptions_initializer;
    Properties properties;

    options.MQTTVersion = paho_version(kind_.version);
    options.keepAliveInterval = seconds_of(request.keepalive);
    options.connectTimeout = std::max(1, seconds_of(request.timeout));
    options.maxInflight = most_buffered;  // the window is ours
    options.automaticReconnect = 0;
    if (v5) {
        options.cleanstart = 1;
        properties.add(MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE, most_incoming_packet);
        options.connectProperties = properties.get();
        options.onSuccess5 = Callbacks::connected5;
        options.onFailure5 = Callbacks::refused5;
    } else {
        options.cleansession = 1;
        options.onSuccess = Callbacks::connected3;
        options.onFailure = Callbacks::refused3;
    }
    if (!request.username.empty()) options.username = request.username.c_str();
    if (!request.password.empty()) {
        options.binarypwd.data = request.password.data();
        options.binarypwd.len = static_cast<int>(request.password.size());
    }
    const std::string ca_file = request.tls.ca_file.string();
    const std::string cert_file = request.tls.cert_file.string();
    const std::string key_file = request.tls.key_file.string();
    if (kind_.secure) {
        tls.enableServerCertAuth = 1;
        tls.verify = 1;  // the host name too
        tls.trustStore = ca_file.empty() ? nullptr : ca_file.c_str();
        tls.disableDefaultTrustStore = ca_file.empty() ? 0 : 1;
        tls.enabledCipherSuites = ciphers_for(request.tls);
        tls.keyStore = cert_file.empty() ? nullptr : cert_file.c_str();
        tls.privateKey = key_file.empty() ? nullptr : key_file.c_str();
        tls.ssl_error_cb = Callbacks::tls_error;
        tls.ssl_error_context = this;
        options.ssl = &tls;
    }
    const std::string uri =
        fmt::format("{}://{}:{}", kind_.secure ? "ssl" : "tcp",
                    host_in_uri(proxy.empty() ? address : request.host), request.port);
    char* const uris[] = {const_cast<char*>(uri.c_str())};  // copied by Paho, never written
    options.serverURIs = uris;
    options.serverURIcount = 1;
    if (!proxy.empty()) (kind_.secure ? options.httpsProxy : options.httpProxy) = proxy.c_str();

    Slot* const slot = take_slot(generation, 0);
    options.context = slot;
    const int code = MQTTAsync_connect(handle_, &options);
    if (code != MQTTASYNC_SUCCESS) {
        give_back(slot);
        connect_failed(generation, code < 0 ? code : -code, MQTTAsync_strerror(code));
    }
}

void PahoClient::publish(const PublishRequest& request, std::uint64_t generation) {
    const bool v5 = kind_.version == config::MqttVersion::v5;
    MQTTAsync_message message = MQTTAsync_message_initializer;
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    Properties properties;
    message.payload = const_cast<char*>(request.payload->data());  // copied by Paho, never written
    message.payloadlen = static_cast<int>(request.payload->size());
    message.qos = 1;
    message.retained = request.retain ? 1 : 0;
    if (v5) {
        if (!request.content_type.empty()) {
            properties.add(MQTTPROPERTY_CODE_CONTENT_TYPE, request.content_type);
        }
        message.properties = *properties.get();
        options.onSuccess5 = Callbacks::acknowledged5;
        options.onFailure5 = Callbacks::failed5;
    } else {
        options.onSuccess = Callbacks::acknowledged3;
        options.onFailure = Callbacks::failed3;
    }
    Slot* const slot = take_slot(generation, request.id);
    options.context = slot;
    const int code = handle_ == nullptr ? MQTTASYNC_DISCONNECTED
                                        : MQTTAsync_sendMessage(handle_, request.topic.c_str(),
                                                                &message, &options);
    if (code != MQTTASYNC_SUCCESS) Callbacks::published(slot, PahoEvent::Kind::publish_failed, 0);
}

void PahoClient::subscribe(const std::string& filter, std::uint64_t generation) {
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    if (kind_.version == config::MqttVersion::v5) {
        options.onSuccess5 = Callbacks::subscribed5;
        options.onFailure5 = Callbacks::not_subscribed5;
    } else {
        options.onSuccess = Callbacks::subscribed3;
        options.onFailure = Callbacks::not_subscribed3;
    }
    Slot* const slot = take_slot(generation, 0);
    options.context = slot;
    const int code = handle_ == nullptr ? MQTTASYNC_DISCONNECTED
                                        : MQTTAsync_subscribe(handle_, filter.c_str(), 1, &options);
    if (code != MQTTASYNC_SUCCESS) give_back(slot);
}

void PahoClient::disconnect(std::uint64_t generation) {
    generation_ = generation;
    MQTTAsync_disconnectOptions options = MQTTAsync_disconnectOptions_initializer;
    if (kind_.version == config::MqttVersion::v5) {
        options = MQTTAsync_disconnectOptions_initializer5;
        options.onSuccess5 = Callbacks::closed5;
        options.onFailure5 = Callbacks::not_closed5;
    } else {
        options.onSuccess = Callbacks::closed3;
        options.onFailure = Callbacks::not_closed3;
    }
    options.context = this;
    const int code =
        handle_ == nullptr ? MQTTASYNC_DISCONNECTED : MQTTAsync_disconnect(handle_, &options);
    if (code != MQTTASYNC_SUCCESS) Callbacks::closed3(this, nullptr);
}

}  // namespace fieldway::uplink
