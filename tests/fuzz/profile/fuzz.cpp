// Any text as a device's entry, and after a line of %% any text as its profile: merged, checked as
// a device, tried as a profile of its own. No crash, and every diagnostic has a file and a
// sentence.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "config/checker.h"
#include "config/device_options.h"
#include "config/source.h"
#include "profile/merge.h"
#include "profile/trial.h"
#include "unit/config/stub_plugins.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fieldway;
    static const PluginTables tables = config::testing::stub_plugins().at("modbus");
    const std::string whole(reinterpret_cast<const char*>(data), size);
    const std::string separator = "\n%%\n";
    const std::size_t at = whole.find(separator);
    if (at == std::string::npos) return 0;

    config::Diagnostics diagnostics;
    const std::string device_file = "device";
    const config::Node device = config::parse_yaml(whole.substr(0, at), device_file, diagnostics);
    if (device.place.file == nullptr) return 0;  // an entry of a list stands somewhere
    profile::Profile profile;
    profile.name = "acme/meter";
    profile.shown = "profile";
    profile.root =
        config::parse_yaml(whole.substr(at + separator.size()), profile.shown, diagnostics);
    if (profile.root.kind != config::Node::Kind::map) return 0;  // Library makes a mapping of it

    const config::Node merged = profile::merged(device, profile, tables.point, diagnostics);
    const config::CheckedMap checked =
        config::check_map(config::device_table(tables), merged, "a device",
                          config::UnknownKeys::refused, diagnostics);
    config::make_device(checked, tables, config::ExpressionCheck(), diagnostics);
    const profile::Trial trial(profile, tables, config::ExpressionCheck(), diagnostics);
    for (const profile::Example& example : trial.examples()) {
        if (trial.settings_of(example).devices.size() != 1) std::abort();
        for (const profile::Expected& expected : example.values)
            profile::is_expected(*expected.value, "230.2");
    }
    for (const config::Diagnostic& diagnostic : diagnostics.take_sorted()) {
        if (diagnostic.mark.file.empty() || diagnostic.sentence.empty()) std::abort();
    }
    return 0;
}
