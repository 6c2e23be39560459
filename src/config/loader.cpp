#include "config/loader.h"

#include <utility>

#include "config/assembly.h"
#include "config/files.h"

namespace fieldway::config {

namespace {

Loaded assembled(const Files& files, const LoaderContext& context, Diagnostics& diagnostics) {
    Assembly assembly(files, context, diagnostics);
    assembly.run();
    Loaded loaded;
    loaded.config = std::move(assembly.config);
    loaded.marks = std::move(assembly.marks);
    loaded.diagnostics = diagnostics.take_sorted();
    for (const SourceFile& file : files)
        loaded.files.push_back(file.path);
    return loaded;
}

}  // namespace

Loaded load(const std::filesystem::path& file, const LoaderContext& context) {
    Diagnostics diagnostics;
    const Files files = read_files(file, context.environment, diagnostics);
    return assembled(files, context, diagnostics);
}

Loaded load_text(const std::filesystem::path& file, const std::string& text,
                 const LoaderContext& context) {
    Diagnostics diagnostics;
    const Files files = read_files(file, text, context.environment, diagnostics);
    return assembled(files, context, diagnostics);
}

InputSettings settings_of(const GatewayConfig& config, const InputOptions& input,
                          const std::function<std::uint32_t(const DeviceId&)>& number_of) {
    InputSettings settings{input.name, input.options, {}};
    for (const DeviceOptions& device : config.devices) {
        if (device.input != input.name) continue;
        settings.devices.push_back(device.input_device);
        settings.devices.back().number = number_of(device.id);
    }
    return settings;
}

}  // namespace fieldway::config
