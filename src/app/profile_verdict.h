// A device profile tried with its own examples: the plugin's check and decoder, the real mapping.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "config/diagnostic.h"
#include "input/library.h"
#include "profile/library.h"

namespace fieldway::app {

struct ProfileVerdict {
    std::size_t points = 0;
    std::size_t examples = 0;
    std::size_t values = 0;                       ///< that were compared
    std::vector<config::Diagnostic> diagnostics;  ///< sorted by place

    [[nodiscard]] bool ok() const { return config::without_errors(diagnostics); }
};

/// `diagnostics`: what was said when the profile was read. Opens no port.
ProfileVerdict test_profile(const profile::Profile& profile,
                            const std::vector<input::PluginLibrary>& plugins,
                            config::Diagnostics diagnostics);

}  // namespace fieldway::app
