// Files of a test, read and written whole.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace fieldway::test {

/// Empty when there is no such file.
inline std::string read_file(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

/// Gives the path.
inline std::filesystem::path write_file(const std::filesystem::path& path,
                                        const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
    return path;
}

}  // namespace fieldway::test
