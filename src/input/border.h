// The host's functions as a plugin sees them (abi.h: fieldway_host), called from any thread of the
// plugin.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>

#include <boost/asio/io_context.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "input/intake_queue.h"
#include "plugin_api/abi.h"

namespace fieldway::input {

/// Counted at the border; relaxed, for figures alone.
struct BorderCounters {
    std::atomic<std::uint64_t> emitted{0};      ///< batches taken
    std::atomic<std::uint64_t> full{0};         ///< batches answered FULL
    std::atomic<std::uint64_t> unreadable{0};   ///< messages that are none (wire.h)
    std::atomic<std::uint64_t> events_lost{0};  ///< states and answers that found no room
};

/// One per plugin object. It outlives the gateway's interest in the plugin: after close() every
/// call is harmless, so that threads of an abandoned plugin may go on calling it for ever. Thread:
/// any.
class Border {
  public:
    /// Where the calls lead until close().
    struct Gateway {
        boost::asio::io_context& core;
        const Clock& clock;
        Log log;
        std::shared_ptr<IntakeQueue>
            intake;                  // shared: threads of an abandoned plugin may be in a push
        std::function<void()> wake;  ///< run on the core thread when the intake has something
    };

    Border(std::string plugin, Gateway gateway);
    ~Border() = default;
    Border(const Border&) = delete;
    Border& operator=(const Border&) = delete;

    /// For the plugin's create().
    [[nodiscard]] const fieldway_host* host() const { return &host_; }

    /// From here on calls that name `origin` count for the input; until then, and after forget(),
    /// they are dropped.
    std::shared_ptr<const BorderCounters> admit(std::uint64_t origin, const std::string& input);
    void forget(std::uint64_t origin);
    /// Calls that named no admitted input, or came after close().
    [[nodiscard]] std::uint64_t dropped() const { return dropped_.load(); }

    /// Runs `task` on the core thread; after close() not at all.
    void post_to_core(std::function<void()> task);

    /// Returns when no call is under way that could still touch the gateway.
    void close();

  private:
    struct Admitted {
        std::string input;
        std::shared_ptr<BorderCounters> counters;
    };

    static std::int32_t emit(void* context, std::uint64_t origin, fieldway_bytes readings,
                             std::uint64_t token);
    static void state(void* context, std::uint64_t origin, fieldway_bytes state);
    static void answer(void* context, std::uint64_t origin, fieldway_bytes outcome);
    static void log(void* context, std::uint64_t origin, std::int32_t level,
                    fieldway_bytes sentence);
    static std::int64_t monotonic_ns(void* context);
    static std::int64_t wall_ms(void* context);

    const Admitted* find(std::uint64_t origin);
    bool push(PluginEvent event);
    void unreadable(const Admitted& input, const std::string& why);
    void push_event(PluginEvent event, BorderCounters& counters);

    const std::string plugin_;
    fieldway_host host_{};
    std::atomic<std::uint64_t> dropped_{0};

    mutable std::shared_mutex
        mutex_;  ///< guards what follows; held shared for the length of a call
    bool open_ = true;
    Gateway gateway_;
    std::map<std::uint64_t, Admitted> admitted_;
};

}  // namespace fieldway::input
