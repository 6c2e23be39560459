#include "profile/library.h"

#include <string_view>
#include <system_error>
#include <utility>

#include "base/text_file.h"
#include "config/checker.h"
#include "config/source.h"
#include "profile/merge.h"
#include "profile/profile_table.h"

namespace fieldway::profile {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view ending = ".yaml";

bool is_part(std::string_view part) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
    return !part.empty() && part.front() != '.' &&
           part.find_first_not_of(allowed) == std::string_view::npos;
}

std::vector<std::string> texts_of(const boost::json::object& values, const char* key) {
    std::vector<std::string> texts;
    if (const auto* list = values.if_contains(key); list != nullptr) {
        for (const auto& text : list->as_array())
            texts.emplace_back(text.as_string());
    }
    return texts;
}

void refuse_keys_of_devices(const config::Node& root, config::Diagnostics& diagnostics) {
    for (const char* key : {"id", "uplink", "input", "profile", "profile_points"}) {
        if (const config::Node::Entry* entry = root.find(key)) {
            diagnostics.error(entry->key_place, std::string(key) +
                                                    " is each device's own; take it out of the "
                                                    "profile");
        }
    }
}

/// `could_be_read`: nothing was said of the file yet.
void read_header(Profile& profile, bool could_be_read, config::Diagnostics& diagnostics) {
    if (profile.root.kind != config::Node::Kind::map) {
        if (profile.root.kind != config::Node::Kind::null) {
            diagnostics.error(profile.root.place,
                              "a profile is a mapping with keys such as points");
        } else if (could_be_read) {
            diagnostics.error({&profile.shown, 0, 0},
                              "the profile is empty; write maker, model, plugin, source, points "
                              "and examples");
        }
        profile.root = {};
        profile.root.kind = config::Node::Kind::map;
        profile.root.place = {&profile.shown, 1, 1};
        return;
    }
    // What else is there is a device's, and checked as a part of it.
    const config::CheckedMap checked = config::check_map(header_table(), profile.root, "a profile",
                                                         config::UnknownKeys::ignored, diagnostics);
    profile.maker = option_of<std::string>(checked.values, "maker");
    profile.model = option_of<std::string>(checked.values, "model");
    profile.plugin = option_of<std::string>(checked.values, "plugin");
    profile.source = texts_of(checked.values, "source");
    profile.notes = texts_of(checked.values, "notes");
    refuse_keys_of_devices(profile.root, diagnostics);
}

/// Below `folder`: MAKER/MODEL.yaml, and nothing deeper.
void list_folder(const fs::path& folder, std::map<std::string, fs::path>& found) {
    std::error_code ignored;
    for (const auto& maker : fs::directory_iterator(folder, ignored)) {
        if (!maker.is_directory(ignored)) continue;
        for (const auto& file : fs::directory_iterator(maker.path(), ignored)) {
            if (file.path().extension() != ending) continue;
            const std::string name =
                maker.path().filename().string() + "/" + file.path().stem().string();
            if (is_profile_name(name)) found.emplace(name, file.path());
        }
    }
}

}  // namespace

bool is_profile_name(std::string_view text) {
    const std::size_t slash = text.find('/');
    return slash != std::string_view::npos && is_part(text.substr(0, slash)) &&
           is_part(text.substr(slash + 1));
}

std::map<std::string, fs::path> Library::list(const Folders& folders) {
    std::map<std::string, fs::path> found;
    for (const fs::path& folder : folders)
        list_folder(folder, found);
    return found;
}

const Profile* Library::find(const std::string& name, const Folders& folders,
                             config::Diagnostics& diagnostics) {
    if (!is_profile_name(name)) return nullptr;
    for (const fs::path& folder : folders) {
        const fs::path file = folder / (name + std::string(ending));
        std::error_code ignored;
        if (fs::exists(file, ignored)) return &read(name, file, diagnostics);
    }
    return nullptr;
}

const Profile& Library::read(const std::string& name, const fs::path& file,
                             config::Diagnostics& diagnostics) {
    std::unique_ptr<Profile>& kept = profiles_[file];
    if (kept) return *kept;
    kept = std::make_unique<Profile>();
    kept->name = name;
    kept->file = file;
    kept->shown = file.string();
    config::Diagnostics of_text;
    const auto text = read_text_file(file, config::most_yaml_bytes);
    if (text) {
        kept->root = config::parse_yaml(*text, kept->shown, of_text);
    } else {
        of_text.error({&kept->shown, 0, 0}, text.error().sentence());
    }
    const bool could_be_read = of_text.empty();
    diagnostics.take(std::move(of_text));
    read_header(*kept, could_be_read, diagnostics);
    return *kept;
}

std::string unknown_profile(const std::string& name, const Library::Folders& folders) {
    std::vector<std::string> known;
    for (const auto& [known_name, file] : Library::list(folders))
        known.push_back(known_name);
    std::string places;
    for (const fs::path& folder : folders)
        places += (places.empty() ? "" : ", ") + folder.string();
    const std::string shown = config::shown_text(name);
    if (known.empty()) {
        return "there is no profile " + shown + ", and no other: looked into " +
               (places.empty() ? "no folder" : places) + "; name yours with gateway.profile_dirs";
    }
    // All of them would be no hint: makers are listed when nothing is near.
    const std::string hint = config::hint_of(name, known);
    const bool near = hint.find("did you mean") != std::string::npos;
    return "there is no profile " + shown +
           (near ? hint : "; `fieldway profiles list` tells which there are");
}

config::Node Library::merge(const config::ProfileUse& use, config::Diagnostics& diagnostics) {
    const config::Node* name = use.device.value_of("profile");
    if (name->kind != config::Node::Kind::scalar) return use.device;  // the table says it
    const Profile* profile = find(name->text, use.folders, diagnostics);
    if (profile == nullptr) {
        diagnostics.error(name->place, unknown_profile(name->text, use.folders));
        return use.device;
    }
    if (!use.plugin.empty() && !profile->plugin.empty() && profile->plugin != use.plugin) {
        diagnostics.error(name->place, "the profile " + config::shown_text(profile->name) +
                                           " is read by the plugin " + profile->plugin +
                                           "; the device's input is of the plugin " + use.plugin);
        return use.device;
    }
    return merged(use.device, *profile, use.of_points, diagnostics);
}

}  // namespace fieldway::profile
