#include "input/start_marker.h"

#include <fstream>
#include <system_error>

#include <fmt/format.h>

namespace fieldway::input {

std::filesystem::path StartMarker::file_of(const std::string& plugin) const {
    return folder_ / (plugin + ".starting");
}

Result<> StartMarker::begin(const std::string& plugin) const {
    if (folder_.empty()) return {};
    const std::filesystem::path file = file_of(plugin);
    int lost = 0;
    std::ifstream(file) >> lost;
    if (lost >= most_lost_starts) {
        return Error::stop_device(
            fmt::format("plugin {} is disabled: the gateway ended during its last {} starts; "
                        "delete {} to try again",
                        plugin, lost, file.string()));
    }
    std::error_code ignored;
    std::filesystem::create_directories(folder_, ignored);
    std::ofstream(file, std::ios::trunc) << lost + 1 << '\n';
    return {};
}

void StartMarker::end(const std::string& plugin) const {
    if (folder_.empty()) return;
    std::error_code ignored;
    std::filesystem::remove(file_of(plugin), ignored);
}

}  // namespace fieldway::input
