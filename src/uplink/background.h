// What may block (name look-ups, reading a secret's file) is done on threads of its own and
// answered on the core thread.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include <boost/asio/io_context.hpp>

namespace fieldway::uplink {

/// Thread: core. A job that hangs (a name server that never answers) holds one of the threads, not
/// the caller: at the end threads that are still inside a job are left to the process's end, and
/// what they answer is dropped.
class Background {
  public:
    static constexpr std::size_t most_waiting = 4096;

    using Reply = std::function<void()>;
    /// Runs on a background thread; what it returns runs on the core thread.
    using Job = std::function<Reply()>;

    Background(boost::asio::io_context& core, std::size_t threads);
    ~Background();
    Background(const Background&) = delete;
    Background& operator=(const Background&) = delete;

    /// False when `most_waiting` jobs wait already: nothing was taken.
    [[nodiscard]] bool submit(Job job);

  private:
    struct Shared;
    std::shared_ptr<Shared> shared_;  // shared: a thread that hangs outlives this object
};

}  // namespace fieldway::uplink
