// The loop: wait until a point is due, work out its value, emit it, obey stop.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "example/example_options.h"
#include "plugin_api/sdk.h"

namespace fieldway::example {

/// Public methods: the plugin's control thread. `work` runs on a thread of the input's own.
class ExampleInput final : public sdk::Input {
  public:
    ExampleInput(sdk::Host host, const InputSettings& settings);
    ~ExampleInput() override;

    Result<> update(const InputSettings& settings) override;
    void submit(const wire::Command& command) override;
    bool stop(MonotonicTime deadline) override;

  private:
    using PointKey = std::pair<std::uint32_t, std::uint32_t>;  // device, point

    void work();
    void configure(const InputSettings& settings);
    [[nodiscard]] MonotonicTime emit_due(MonotonicTime now);
    [[nodiscard]] wire::Reading read(const ExampleDevice& device, const ExamplePoint& point) const;
    [[nodiscard]] wire::Outcome answer_to(const wire::Command& command);

    const sdk::Host host_;
    const MonotonicTime began_;

    mutable std::mutex mutex_;  ///< guards what follows
    std::condition_variable changed_;
    bool stopping_ = false;
    std::vector<ExampleDevice> devices_;
    std::map<PointKey, MonotonicTime> due_;
    std::map<PointKey, std::int64_t> counted_from_;  ///< what a write added to a counter
    std::map<std::uint32_t, bool> told_broken_;      ///< the state that the host knows

    std::thread thread_;
};

}  // namespace fieldway::example
