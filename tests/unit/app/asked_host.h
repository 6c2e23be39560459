// A plugin host for the tests of desks.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "input/host.h"

namespace fieldway::app {

/// Stands where the plugins are: keeps what it is asked, answers when told.
class AskedHost final : public input::Host {
  public:
    void configure(const std::vector<Wanted>&) override {}
    void submit(const std::string& input, Command command, OnOutcome done) override {
        input_ = input;
        command_ = std::move(command);
        done_ = std::move(done);
    }
    void accepted(std::uint64_t, std::uint64_t, input::Acceptance) override {}
    void stop(MonotonicTime, std::function<void()> stopped) override { stopped(); }
    [[nodiscard]] boost::json::object figures() const override { return {}; }

    std::string input_;
    std::optional<Command> command_;
    OnOutcome done_;
};

}  // namespace fieldway::app
