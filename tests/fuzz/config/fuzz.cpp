// Any text as a configuration: no crash, no endless work, every diagnostic with a place that
// exists.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "config/loader.h"
#include "unit/config/stub_plugins.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fieldway::config;
    static const LoaderContext context = testing::stub_context();
    const std::string text(reinterpret_cast<const char*>(data), size);
    // An include may name any file of this machine.
    if (text.find("include") != std::string::npos) return 0;
    const Loaded loaded = load_text("/nonexistent/fieldway.yaml", text, context);
    const auto lines = std::count(text.begin(), text.end(), '\n') + 1;
    for (const Diagnostic& diagnostic : loaded.diagnostics) {
        if (diagnostic.mark.line < 0 || diagnostic.mark.line > lines + 1) std::abort();
        if (diagnostic.sentence.empty()) std::abort();
    }
    if (loaded.ok()) {
        for (const InputOptions& input : loaded.config.inputs) {
            settings_of(loaded.config, input, [](const fieldway::DeviceId&) { return 1u; });
        }
    }
    return 0;
}
