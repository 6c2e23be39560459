// A plugin that takes the process down when it starts an input would do so after each restart, for
// ever, and everything else with it. A file left before each start names the plugin and the input;
// who finds that three starts in a row were lost does not start this input again.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"

namespace fieldway::input {

/// By input and not by plugin: an input that starts well must not wipe out what another one of the
/// same plugin has left. Thread: any, one at a time for one plugin; it reads and writes files, so
/// never the core.
class StartMarker {
  public:
    /// Starts in a row that did not come back.
    static constexpr int most_lost_starts = 3;

    /// An empty folder: nothing is marked, nothing is refused.
    explicit StartMarker(std::filesystem::path folder) : folder_(std::move(folder)) {}

    /// Before a start. An error, with the remedy, when the last ones did not come back. A folder
    /// that cannot be written prevents nothing.
    [[nodiscard]] Result<> begin(const std::string& plugin, const std::string& input) const;
    /// The start came back, whatever it said.
    void end(const std::string& plugin, const std::string& input) const;

  private:
    [[nodiscard]] std::filesystem::path file_of(const std::string& plugin,
                                                const std::string& input) const;

    std::filesystem::path folder_;
};

}  // namespace fieldway::input
