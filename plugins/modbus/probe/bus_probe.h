// A probe on a line that inputs use: scan, read and write by url while the gateway runs.
#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "modbus/line.h"
#include "modbus/probe/shared_line.h"
#include "plugin_api/sdk.h"
#include "plugin_api/wire.h"

namespace fieldway::modbus {

/// One of an input, with a thread of its own while a person's probe runs; a second one meanwhile is
/// refused. Public methods: the plugin's control thread.
class BusProbe {
  public:
    /// `key` is nobody else's on the line.
    BusProbe(std::shared_ptr<Line> line, InputKey key, const sdk::Host& host);
    /// After stop() was true.
    ~BusProbe();
    BusProbe(BusProbe&&) = delete;

    /// Of kind scan: its arguments are a ProbeRequest. Answered once by the host, with the
    /// probe's answer as details.
    void start(const wire::Command& command);
    /// Ends what runs, which is answered as failed. False: the deadline passed first, and it must
    /// not be destroyed.
    bool stop(MonotonicTime deadline);

  private:
    void run(const wire::Command& command);

    const std::shared_ptr<Line> line_;
    const InputKey key_;
    const sdk::Host host_;
    std::unique_ptr<SharedLine> shared_;  ///< since the first probe
    std::atomic<bool> done_{true};        ///< the thread has nothing more to do
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace fieldway::modbus
