#include "uplink/probe.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/quantity_text.h"

namespace fieldway::uplink {

namespace {

template <auto Free>
struct Deleter {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};
using Bio = std::unique_ptr<BIO, Deleter<BIO_free>>;

Error errno_error(const std::string& what, int number) {
    return Error::retry(what + ": " + std::strerror(number));
}

/// OpenSSL's newest complaint, as people write it.
std::string newest_error() {
    const unsigned long code = ERR_peek_last_error();
    const char* reason = ERR_reason_error_string(code);
    ERR_clear_error();
    return reason != nullptr ? reason : "no reason is given";
}

std::string name_text(const X509_NAME* name) {
    const Bio bio(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

std::string time_text(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return "?";
    return rfc3339(WallTime(std::chrono::seconds(::timegm(&parts))));
}

std::string address_text(const ASN1_OCTET_STRING* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = ASN1_STRING_length(address) == 4 ? AF_INET : AF_INET6;
    if (family == AF_INET6 && ASN1_STRING_length(address) != 16) return "?";
    return ::inet_ntop(family, ASN1_STRING_get0_data(address), text.data(), text.size());
}

std::vector<std::string> names_of(const X509* certificate) {
    struct Names {
        GENERAL_NAMES* list;
        ~Names() { GENERAL_NAMES_free(list); }
    } const names{static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr))};
    std::vector<std::string> found;
    for (int i = 0; i < sk_GENERAL_NAME_num(names.list); ++i) {
        int type = 0;
        const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.list, i), &type);
        const auto* text = static_cast<const ASN1_STRING*>(value);
        if (type == GEN_DNS) {
            found.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                               static_cast<std::size_t>(ASN1_STRING_length(text)));
        } else if (type == GEN_IPADD) {
            found.push_back(address_text(text));
        }
    }
    return found;
}

SeenTls::Kind kind_of(long verdict) {
    switch (verdict) {
        case X509_V_OK:
            return SeenTls::Kind::none;
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            return SeenTls::Kind::unknown_root;
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return SeenTls::Kind::other_name;
        case X509_V_ERR_CERT_HAS_EXPIRED:
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return SeenTls::Kind::time;
        default:
            return SeenTls::Kind::other;
    }
}

bool is_numeric(const std::string& host) {
    in6_addr ignored{};
    return ::inet_pton(AF_INET, host.c_str(), &ignored) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

}  // namespace

struct Probe::Tls {
    std::unique_ptr<SSL_CTX, Deleter<SSL_CTX_free>> context;
    std::unique_ptr<SSL, Deleter<SSL_free>> session;

    Result<> prepare(const std::string& host, const config::TlsOptions& options, int fd);
    [[nodiscard]] SeenTls seen() const;
};

Probe::Probe(Duration patience) : patience_(patience) {}
Probe::~Probe() = default;

Result<> Probe::wait(short events, MonotonicTime deadline, const char* what) const {
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        pollfd entry{fd_.get(), events, 0};
        const int ready = left.count() <= 0 ? 0 : ::poll(&entry, 1, static_cast<int>(left.count()));
        if (ready > 0) return {};
        if (ready < 0 && errno == EINTR) continue;
        if (ready < 0) return errno_error(what, errno);
        return Error::retry(std::string(what) + ": no answer within " + to_text(patience_));
    }
}

Result<> Probe::connect(const std::string& address, std::uint16_t port) {
    sockaddr_storage storage{};
    auto* four = reinterpret_cast<sockaddr_in*>(&storage);
    auto* six = reinterpret_cast<sockaddr_in6*>(&storage);
    socklen_t size = 0;
    if (::inet_pton(AF_INET, address.c_str(), &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(port);
        size = sizeof(sockaddr_in);
    } else if (::inet_pton(AF_INET6, address.c_str(), &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(port);
        size = sizeof(sockaddr_in6);
    } else {
        return Error::drop_item(address + " is no numeric address");
    }
    fd_.reset(::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd_.valid()) return errno_error("socket", errno);
    const MonotonicTime deadline = std::chrono::steady_clock::now() + patience_;
    if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&storage), size) == 0) return {};
    if (errno != EINPROGRESS) return errno_error("connect", errno);
    if (auto ready = wait(POLLOUT, deadline, "connect"); !ready) return ready;
    int failure = 0;
    socklen_t length = sizeof failure;
    ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &failure, &length);
    return failure == 0 ? Result<>() : Result<>(errno_error("connect", failure));
}

Result<> Probe::Tls::prepare(const std::string& host, const config::TlsOptions& options, int fd) {
    context.reset(SSL_CTX_new(TLS_client_method()));
    if (!context) return Error::stop_program("OpenSSL: " + newest_error());
    SSL_CTX_set_min_proto_version(context.get(),
                                  options.min_version == "1.3" ? TLS1_3_VERSION : TLS1_2_VERSION);
    const bool loaded = options.ca_file.empty()
                            ? SSL_CTX_set_default_verify_paths(context.get()) == 1
                            : SSL_CTX_load_verify_file(context.get(), options.ca_file.c_str()) == 1;
    if (!loaded) {
        return Error::stop_device(
            "no certificates could be read from " +
            (options.ca_file.empty() ? "the system's store" : options.ca_file.string()) + ": " +
            newest_error());
    }
    if (!options.cert_file.empty() &&
        (SSL_CTX_use_certificate_chain_file(context.get(), options.cert_file.c_str()) != 1 ||
         SSL_CTX_use_PrivateKey_file(context.get(), options.key_file.c_str(), SSL_FILETYPE_PEM) !=
             1)) {
        return Error::stop_device("tls.cert_file and tls.key_file cannot be used together: " +
                                  newest_error());
    }
    session.reset(SSL_new(context.get()));
    // The verdict is looked at afterwards: a handshake that is cut off tells less.
    SSL_set_verify(session.get(), SSL_VERIFY_NONE, nullptr);
    if (is_numeric(host)) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session.get()), host.c_str());
    } else {
        SSL_set_tlsext_host_name(session.get(), host.c_str());
        SSL_set1_host(session.get(), host.c_str());
    }
    SSL_set_fd(session.get(), fd);
    return {};
}

SeenTls Probe::Tls::seen() const {
    SeenTls seen;
    seen.version = SSL_get_version(session.get());
    seen.cipher = SSL_get_cipher_name(session.get());
    STACK_OF(X509)* chain = SSL_get_peer_cert_chain(session.get());
    for (int i = 0; i < sk_X509_num(chain); ++i) {
        const X509* certificate = sk_X509_value(chain, i);
        seen.chain.push_back({name_text(X509_get_subject_name(certificate)),
                              name_text(X509_get_issuer_name(certificate)),
                              time_text(X509_get0_notBefore(certificate)),
                              time_text(X509_get0_notAfter(certificate)), names_of(certificate)});
    }
    const long verdict = SSL_get_verify_result(session.get());
    seen.kind = kind_of(verdict);
    if (verdict != X509_V_OK) seen.distrust = X509_verify_cert_error_string(verdict);
    return seen;
}

Result<SeenTls> Probe::start_tls(const std::string& host, const config::TlsOptions& options) {
    auto tls = std::make_unique<Tls>();
    if (auto ready = tls->prepare(host, options, fd_.get()); !ready) return ready.error();
    const MonotonicTime deadline = std::chrono::steady_clock::now() + patience_;
    for (;;) {
        ERR_clear_error();
        const int done = SSL_connect(tls->session.get());
        if (done == 1) break;
        const int why = SSL_get_error(tls->session.get(), done);
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
            const std::string reason =
                why == SSL_ERROR_SYSCALL ? "the peer closed the connection" : newest_error();
            return Error::retry("handshake: " + reason);
        }
        const short events = why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
        if (auto ready = wait(events, deadline, "handshake"); !ready) return ready.error();
    }
    tls_ = std::move(tls);
    return tls_->seen();
}

Result<> Probe::send(ByteView bytes) {
    const MonotonicTime deadline = std::chrono::steady_clock::now() + patience_;
    while (!bytes.empty()) {
        std::size_t sent = 0;
        if (tls_) {
            SSL_write_ex(tls_->session.get(), bytes.data(), bytes.size(), &sent);
        } else {
            const ssize_t result = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (result < 0 && errno != EAGAIN && errno != EINTR) return errno_error("send", errno);
            sent = result > 0 ? static_cast<std::size_t>(result) : 0;
        }
        bytes = bytes.subspan(sent);
        if (sent > 0) continue;
        if (auto ready = wait(POLLOUT, deadline, "send"); !ready) return ready;
    }
    return {};
}

Result<Bytes> Probe::receive() {
    const MonotonicTime deadline = std::chrono::steady_clock::now() + patience_;
    Bytes buffer(4096);
    for (;;) {
        std::size_t got = 0;
        bool closed = false;
        if (tls_) {
            const int done = SSL_read_ex(tls_->session.get(), buffer.data(), buffer.size(), &got);
            const int why = done == 1 ? SSL_ERROR_NONE : SSL_get_error(tls_->session.get(), done);
            closed = done != 1 && why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE;
        } else {
            const ssize_t result = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
            closed = result == 0 || (result < 0 && errno != EAGAIN && errno != EINTR);
            got = result > 0 ? static_cast<std::size_t>(result) : 0;
        }
        if (closed) return Error::retry("the broker closed the connection");
        if (got > 0) {
            buffer.resize(got);
            return buffer;
        }
        if (auto ready = wait(POLLIN, deadline, "receive"); !ready) return ready.error();
    }
}

}  // namespace fieldway::uplink
