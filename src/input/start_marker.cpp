#include "input/start_marker.h"

#include <fstream>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

namespace fieldway::input {

namespace {

/// An input's name is any text; a file's name is not.
std::string escaped(std::string_view name) {
    std::string out;
    for (const char c : name) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '_';
        out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

}  // namespace

std::filesystem::path StartMarker::file_of(const std::string& plugin,
                                           const std::string& input) const {
    return folder_ / (plugin + "." + escaped(input) + ".starting");
}

Result<> StartMarker::begin(const std::string& plugin, const std::string& input) const {
    if (folder_.empty()) return {};
    const std::filesystem::path file = file_of(plugin, input);
    int lost = 0;
    std::ifstream(file) >> lost;
    if (lost >= most_lost_starts) {
        return Error::stop_device(
            fmt::format("it is disabled: the gateway ended {} times in a row while plugin {} was "
                        "starting it; delete {} to try again",
                        lost, plugin, file.string()));
    }
    std::error_code ignored;
    std::filesystem::create_directories(folder_, ignored);
    std::ofstream(file, std::ios::trunc) << lost + 1 << '\n';
    return {};
}

void StartMarker::end(const std::string& plugin, const std::string& input) const {
    if (folder_.empty()) return;
    std::error_code ignored;
    std::filesystem::remove(file_of(plugin, input), ignored);
}

}  // namespace fieldway::input
