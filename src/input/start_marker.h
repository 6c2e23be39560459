// A plugin that takes the process down when it starts would do so after each restart, for ever, and
// everything else with it. A file left before each start names the plugin; who finds three of them
// left over does not start it again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/error.h"

namespace fieldway::input {

/// Thread: any one at a time for one plugin; it reads and writes files, so never the core.
class StartMarker {
  public:
    /// Starts in a row that did not come back.
    static constexpr int most_lost_starts = 3;

    /// An empty folder: nothing is marked, nothing is refused.
    explicit StartMarker(std::filesystem::path folder) : folder_(std::move(folder)) {}

    /// Before a start. An error, with the remedy, when the last ones did not come back. A folder
    /// that cannot be written prevents nothing.
    [[nodiscard]] Result<> begin(const std::string& plugin) const;
    /// The start came back, whatever it said.
    void end(const std::string& plugin) const;

  private:
    [[nodiscard]] std::filesystem::path file_of(const std::string& plugin) const;

    std::filesystem::path folder_;
};

}  // namespace fieldway::input
