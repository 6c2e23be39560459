// The parts of all files put together to one configuration.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/checker.h"
#include "config/diagnostic.h"
#include "config/files.h"
#include "config/loader.h"

namespace fieldway::config {

/// Goes through the files once: whole sections, then uplinks, then inputs, then devices, which
/// refer to both. Thread: any, one at a time.
class Assembly {
  public:
    Assembly(const Files& files, const LoaderContext& context, Diagnostics& diagnostics)
        : files_(files), context_(context), diagnostics_(diagnostics) {}

    void run();

    GatewayConfig config;
    MarkMap marks;

  private:
    /// What a plugin's options are checked against.
    struct Tables {
        PluginTables plugin;
        UnknownKeys unknown_keys = UnknownKeys::refused;
    };
    /// An entry of a list that others refer to by name.
    struct Named {
        Place place;
        std::size_t index = 0;
    };
    using Names = std::map<std::string, Named>;

    void check_top_level();
    template <class Section>
    void section(const char* name, const OptionTable& table, Section make);
    /// Every entry of the lists of this name, over all files.
    std::vector<const Node*> entries_of(const char* list);
    void add_uplinks();
    void add_inputs();
    void add_devices();
    void add_device(const Node& entry);
    [[nodiscard]] std::optional<Node> with_profile(const Node& entry, const std::string& plugin,
                                                   const OptionTable& of_points);

    [[nodiscard]] Tables tables_of_plugin(const std::string& plugin) const;
    void check_plugin(const CheckedMap& checked, const std::string& input,
                      const std::string& plugin);
    bool remember(Names& names, const std::string& kind, const std::string& name,
                  const Place& place, std::size_t index);
    void check_reference(const CheckedMap& device, const std::string& key, const std::string& name,
                         const Names& names);
    void check_identity(const DeviceOptions& device, const CheckedMap& checked);
    void check_address(const DeviceOptions& device, const CheckedMap& checked);
    void check_subtopics(const DeviceOptions& device, const CheckedMap& checked);
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> subtopics_of(
        const DeviceOptions& device) const;
    void check_echo(const DeviceOptions& device, const CheckedMap& checked);
    void check_commands(const DeviceOptions& device, const CheckedMap& checked);
    void check_formats(DeviceOptions& device, const CheckedMap& checked);

    const Files& files_;
    const LoaderContext& context_;
    Diagnostics& diagnostics_;
    Names uplinks_;
    Names inputs_;
    std::map<std::string, Place> ids_;
    /// Input and address, as text, to the device that has it.
    std::map<std::string, std::pair<std::string, Place>> addresses_;
    std::map<std::string, std::size_t> devices_of_input_;
};

}  // namespace fieldway::config
