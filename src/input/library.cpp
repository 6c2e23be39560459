#include "input/library.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace fieldway::input {

namespace {

namespace fs = std::filesystem;

PluginLibrary refused(const fs::path& file, std::string why) {
    PluginLibrary library;
    library.file = file;
    library.name = file.stem().string();
    library.refused = std::move(why);
    return library;
}

bool is_plugin_name(std::string_view name) {
    return !name.empty() && name.size() <= 64 &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
               std::string_view::npos;
}

bool has_every_required_call(const fieldway_plugin_api& api) {
    return api.create != nullptr && api.destroy != nullptr && api.check != nullptr &&
           api.plan != nullptr && api.start != nullptr && api.update != nullptr &&
           api.submit != nullptr && api.accepted != nullptr && api.stop != nullptr;
}

std::string loader_sentence() {
    const char* text = ::dlerror();
    return text == nullptr ? "the loader gives no reason" : text;
}

/// The bytes that the file must have for its segments, or 0 when its headers say nothing of use.
std::uint64_t bytes_needed(std::ifstream& in) {
    ElfW(Ehdr) header{};
    in.read(reinterpret_cast<char*>(&header), sizeof header);
    if (!in || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return 0;
    std::uint64_t needed = header.e_phoff + std::uint64_t{header.e_phnum} * header.e_phentsize;
    in.seekg(static_cast<std::streamoff>(header.e_phoff));
    for (int i = 0; i < header.e_phnum; ++i) {
        ElfW(Phdr) segment{};
        in.read(reinterpret_cast<char*>(&segment), sizeof segment);
        if (!in) return needed;
        if (segment.p_type == PT_LOAD) {
            needed = std::max<std::uint64_t>(needed, segment.p_offset + segment.p_filesz);
        }
    }
    return needed;
}

/// A file that an upgrade or a full disk has cut off: the loader maps it unseen, and touching what
/// is not there ends the process by SIGBUS.
bool is_cut_off(const fs::path& file) {
    std::error_code unknown;
    const std::uintmax_t size = fs::file_size(file, unknown);
    std::ifstream in(file, std::ios::binary);
    return !unknown && in && size < bytes_needed(in);
}

PluginLibrary load(const fs::path& file) {
    if (is_cut_off(file)) {
        return refused(file, "is cut off: the file ends before its contents; install it again");
    }
    // RTLD_LOCAL: plugins do not see each other. RTLD_NOW: what is missing is known here, not at 3
    // in the night.
    void* handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
        return refused(file, fmt::format("cannot be loaded: {}", loader_sentence()));
    }
    void* symbol = ::dlsym(handle, FIELDWAY_ENTRY_NAME);
    if (symbol == nullptr) {
        return refused(file, "is no Fieldway plugin: it exports no " FIELDWAY_ENTRY_NAME);
    }
    const auto entry = reinterpret_cast<fieldway_entry>(symbol);
    const fieldway_plugin_api* api = entry(FIELDWAY_ABI_VERSION);
    if (api == nullptr) {
        return refused(file,
                       fmt::format("does not speak version {} of the plugin interface; build it "
                                   "against this gateway's plugin_api",
                                   FIELDWAY_ABI_VERSION));
    }
    PluginLibrary library = inspect_plugin(file, api);
    // So that it can be told from its file what it is, without loading it.
    if (library.api != nullptr && file.stem() != library.name) {
        return refused(file, fmt::format("its name is {0}, so its file must be {0}.so: rename it",
                                         library.name));
    }
    return library;
}

std::vector<fs::path> shared_libraries_in(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code ignored;  // a folder that is not there has no plugins
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
        if (entry.path().extension() == ".so") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace

PluginLibrary inspect_plugin(const fs::path& file, const fieldway_plugin_api* api) {
    if (api->abi_version != FIELDWAY_ABI_VERSION) {
        return refused(
            file,
            fmt::format("speaks version {} of the plugin interface, this gateway {}; build it "
                        "against this gateway's plugin_api",
                        api->abi_version, FIELDWAY_ABI_VERSION));
    }
    // All members are there since version 1; a later host may accept less and look before it uses
    // what was appended.
    if (api->size < sizeof(fieldway_plugin_api)) {
        return refused(file, fmt::format("its interface table has {} bytes; the least is {}",
                                         api->size, sizeof(fieldway_plugin_api)));
    }
    if (api->name == nullptr || api->version == nullptr || api->summary == nullptr ||
        api->tables == nullptr || !has_every_required_call(*api)) {
        return refused(
            file,
            "its interface table has empty places where name, version, summary, tables and "
            "every call but the optional ones belong");
    }
    if (!is_plugin_name(api->name)) {
        return refused(
            file,
            fmt::format("its name is \"{}\"; a name is 1 to 64 lower case letters, digits and -",
                        api->name));
    }
    Result<PluginTables> tables = plugin_tables_from_json(api->tables);
    if (!tables) {
        return refused(file,
                       fmt::format("its option tables cannot be read: {}", tables.error().text()));
    }
    PluginLibrary library;
    library.file = file;
    library.name = api->name;
    library.version = api->version;
    library.summary = api->summary;
    library.tables = std::move(*tables);
    library.api = api;
    return library;
}

std::vector<PluginLibrary> find_plugins(const std::vector<fs::path>& folders,
                                        const std::optional<std::set<std::string>>& names) {
    std::vector<PluginLibrary> found;
    for (const fs::path& folder : folders) {
        for (const fs::path& file : shared_libraries_in(folder)) {
            if (names && !names->contains(file.stem().string())) continue;
            PluginLibrary library = load(file);
            const auto same =
                std::find_if(found.begin(), found.end(), [&](const PluginLibrary& other) {
                    return other.api != nullptr && library.api != nullptr &&
                           other.name == library.name;
                });
            if (same != found.end()) {
                library = refused(file, fmt::format("a plugin named {} was found before it: {}",
                                                    same->name, same->file.string()));
            }
            found.push_back(std::move(library));
        }
    }
    std::stable_sort(
        found.begin(), found.end(),
        [](const PluginLibrary& a, const PluginLibrary& b) { return a.name < b.name; });
    return found;
}

}  // namespace fieldway::input
