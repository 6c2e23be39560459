// Names to numeric addresses without anyone waiting for a name server who does not have to.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "uplink/background.h"

namespace fieldway::uplink {

using Addresses = std::vector<std::string>;

/// The system's look-up, blocking: numeric addresses in the order of preference of RFC 6724.
/// localhost is the loopback addresses whatever the system knows (RFC 6761, clause 6.3): a
/// container may have no hosts file.
Result<Addresses> look_up(const std::string& host);

/// Thread: core. Numeric addresses are answered at once, known names from the cache, an old answer
/// while a new one is fetched (a name server that fails does not stop a reconnect); a name is
/// looked up once, however many ask.
class Resolver {
  public:
    using Answer = std::function<void(const Result<Addresses>&)>;
    using Lookup = std::function<Result<Addresses>(const std::string&)>;

    static constexpr std::size_t most_names = 256;
    /// For one name: askers that gave up meanwhile still count.
    static constexpr std::size_t most_waiting = 16'384;
    static constexpr Duration fresh = std::chrono::minutes(1);
    /// An answer older than this is not used any more.
    static constexpr Duration usable = std::chrono::hours(24);

    /// `lookup` runs on a background thread.
    Resolver(Background& background, const Clock& clock, Lookup lookup = look_up)
        : background_(background), clock_(clock), lookup_(std::move(lookup)) {}

    /// Calls `answer` once on the core thread: inside this call or later.
    void resolve(const std::string& host, Answer answer);

  private:
    struct Entry {
        Addresses addresses;  // empty: never found
        MonotonicTime at{};
        bool asking = false;
        std::vector<Answer> waiting;  // at most most_waiting
    };
    void ask(const std::string& host, Entry& entry);
    void answered(const std::string& host, const Result<Addresses>& result);

    Background& background_;
    const Clock& clock_;
    Lookup lookup_;
    std::map<std::string, Entry> entries_;  // at most most_names
    std::shared_ptr<int> alive_ =
        std::make_shared<int>(0);  // replies look whether we are still here
};

}  // namespace fieldway::uplink
