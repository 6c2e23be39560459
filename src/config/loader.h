// From a file to the typed configuration, with every error at once.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/gateway_config.h"
#include "plugin_api/options.h"

namespace fieldway::config {

/// A place in a file; line and column count from 1. Line 0: the file as a whole.
struct Mark {
    std::string file;
    int line = 0;
    int column = 0;
    friend auto operator<=>(const Mark&, const Mark&) = default;
};

struct Diagnostic {
    Mark mark;
    std::string sentence;
    bool warning = false;
    friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

/// `fieldway.yaml:41:7: sentence`; a warning says so after the place.
std::string to_text(const Diagnostic& diagnostic);

/// What the loader needs to know of the world, handed in so that a test owns it.
struct LoaderContext {
    /// The tables of the plugins that were found, by name.
    std::map<std::string, PluginTables> plugins;
    /// Plugins that were found and refused, and why: an input that names one is told the reason.
    std::map<std::string, std::string> refused_plugins;
    /// The environment variable's value, or nothing.
    std::function<std::optional<std::string>(const std::string&)> environment;
    /// Defaults of gateway.state_dir, control_socket and plugin_dirs.
    GatewayOptions defaults;
};

/// Marks of everything that a plugin can complain about: its JSON pointers (input_config.h) to places.
class MarkMap {
  public:
    void put(const std::string& input, const std::string& pointer, Mark mark);
    /// The mark of the pointer, or of the nearest enclosing one that is known.
    [[nodiscard]] Mark find(const std::string& input, std::string_view pointer) const;

  private:
    std::map<std::string, std::map<std::string, Mark, std::less<>>> marks_;
};

struct Loaded {
    GatewayConfig config;                  ///< meaningful only when no diagnostic is an error
    std::vector<Diagnostic> diagnostics;   ///< sorted by place
    MarkMap marks;
    std::vector<std::filesystem::path> files;  ///< all that were read, the first the one named

    [[nodiscard]] bool ok() const;
};

/// Reads the file and what it includes. Touches nothing else but secret files' modes (who may read them).
Loaded load(const std::filesystem::path& file, const LoaderContext& context);

/// What one input's plugin is told; its devices in the order of the configuration.
/// `number_of` gives each device's number.
InputSettings settings_of(const GatewayConfig& config, const InputOptions& input,
                          const std::function<std::uint32_t(const DeviceId&)>& number_of);

/// JSON Schema (2020-12) of the whole file, plugins' options included.
boost::json::value json_schema(const std::map<std::string, PluginTables>& plugins);
/// docs/configuration.md: every option with type, unit, default, limits and meaning.
std::string reference_page(const std::map<std::string, PluginTables>& plugins);

}  // namespace fieldway::config
