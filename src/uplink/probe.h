// A connection to a broker that a person looks at: blocking, with a deadline for each step, telling
// everything it sees. For `fieldway doctor`; sessions have an engine.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/unique_fd.h"
#include "config/uplink_options.h"

namespace fieldway::uplink {

/// One certificate of the chain that the broker showed, its own first.
struct SeenCertificate {
    std::string subject;  ///< as RFC 2253 writes it
    std::string issuer;
    std::string valid_from;  ///< RFC 3339
    std::string valid_until;
    /// For which it is valid: subjectAltName's names and addresses.
    std::vector<std::string> names{};
};

struct SeenTls {
    std::string version;  ///< TLSv1.3
    std::string cipher;
    std::vector<SeenCertificate> chain;
    /// Why the chain, or the name, is not trusted; empty: it is.
    std::string distrust;
    /// The kinds of distrust that have a remedy of their own.
    enum class Kind : std::uint8_t { none, unknown_root, other_name, time, other };
    Kind kind = Kind::none;
};

/// Thread: one. Every call blocks, at most `patience`.
class Probe {
  public:
    explicit Probe(Duration patience);
    ~Probe();
    Probe(const Probe&) = delete;
    Probe& operator=(const Probe&) = delete;

    /// TCP to a numeric address.
    Result<> connect(const std::string& address, std::uint16_t port);
    /// The handshake, with `host` as SNI and as the name that is looked for. Who is not trusted is
    /// told in the result, and nothing secret must be sent then.
    Result<SeenTls> start_tls(const std::string& host, const config::TlsOptions& options);
    Result<> send(ByteView bytes);
    /// What there is; an error when the peer closed.
    Result<Bytes> receive();

  private:
    struct Tls;
    [[nodiscard]] Result<> wait(short events, MonotonicTime deadline, const char* what) const;

    const Duration patience_;
    UniqueFd fd_;
    std::unique_ptr<Tls> tls_;
};

}  // namespace fieldway::uplink
