#include "config/files.h"

#include <glob.h>

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/text_file.h"
#include "config/source.h"

namespace fieldway::config {

namespace {

namespace fs = std::filesystem;

bool is_glob(const std::string& pattern) {
    return pattern.find_first_of("*?[") != std::string::npos;
}

/// The folder is a name, not a pattern, whatever letters it has.
std::string escaped_for_glob(const std::string& text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '*' || c == '?' || c == '[' || c == ']' || c == '\\') escaped += '\\';
        escaped += c;
    }
    return escaped;
}

std::vector<fs::path> matches_of(const fs::path& folder, const std::string& pattern) {
    std::string full = pattern;
    if (!fs::path(pattern).is_absolute() && !folder.empty()) {
        full = escaped_for_glob(folder.string()) + "/" + pattern;
    }
    std::vector<fs::path> found;
    glob_t result{};
    if (::glob(full.c_str(), 0, nullptr, &result) == 0) {
        found.assign(result.gl_pathv, result.gl_pathv + result.gl_pathc);
    }
    ::globfree(&result);
    std::sort(found.begin(), found.end());
    return found;
}

/// One name for one file, whatever way leads to it.
fs::path identity_of(const fs::path& path) {
    std::error_code failure;
    fs::path identity = fs::weakly_canonical(path, failure);
    return failure ? path.lexically_normal() : identity;
}

/// A pipe gives its text once, and a configuration is read again for what its plugins bring: the
/// second time there would be nothing in it, and nothing wrong with that.
Result<std::string> content_of(const fs::path& path) {
    std::error_code failure;
    const auto type = fs::status(path, failure).type();
    const bool streams = type == fs::file_type::fifo || type == fs::file_type::character ||
                         type == fs::file_type::socket || type == fs::file_type::block;
    if (streams) {
        return Error::stop_program(path.string() +
                                   " is no regular file, and a configuration is read more than "
                                   "once; write it to a file and name that");
    }
    return read_text_file(path, most_yaml_bytes);
}

class Reader {
  public:
    Reader(const Environment& environment, Diagnostics& diagnostics)
        : environment_(environment), diagnostics_(diagnostics) {}

    /// `named_at`: the include that asks for it; null for the first file.
    void read(const fs::path& path, const Place* named_at, const std::string* given_text) {
        const fs::path identity = identity_of(path);
        if (std::find(open_.begin(), open_.end(), identity) != open_.end()) {
            diagnostics_.error(*named_at, "this includes " + path.string() +
                                              ", which is being read: files must not include each "
                                              "other in a circle");
            return;
        }
        if (std::find(done_.begin(), done_.end(), identity) != done_.end()) return;
        if (files_.size() >= most_files || open_.size() > most_include_depth) {
            diagnostics_.error(
                *named_at,
                files_.size() >= most_files
                    ? "these are more than " + std::to_string(most_files) +
                          " files, the most that are read"
                    : "includes go deeper than " + std::to_string(most_include_depth) + " levels");
            return;
        }
        done_.push_back(identity);
        SourceFile& file = files_.emplace_back();
        file.path = path;
        file.name = path.string();
        std::optional<std::string> text;
        if (given_text != nullptr) text = *given_text;
        if (!text) {
            auto content = content_of(path);
            if (!content) {
                const Place whole{&file.name, 0, 0};
                diagnostics_.error(named_at != nullptr ? *named_at : whole,
                                   content.error().sentence());
                return;
            }
            text = std::move(*content);
        }
        file.root = parse_yaml(*text, file.name, diagnostics_);
        text.reset();
        replace_variables(file.root, environment_, diagnostics_);
        open_.push_back(identity);
        read_includes(file);
        open_.pop_back();
    }

    Files take() { return std::move(files_); }

  private:
    void read_includes(const SourceFile& file) {
        const Node* include = file.root.value_of("include");
        if (include == nullptr || include->kind == Node::Kind::null) return;
        if (include->kind != Node::Kind::list) {
            diagnostics_.error(include->place, "include is " + std::string(name_of(include->kind)) +
                                                   "; it must be a list of files, such as "
                                                   "[devices.d/*.yaml]");
            return;
        }
        for (const Node& pattern : include->items) {
            if (pattern.kind != Node::Kind::scalar || pattern.text.empty()) {
                diagnostics_.error(pattern.place,
                                   "this must be the name of a file or a pattern such as "
                                   "devices.d/*.yaml");
                continue;
            }
            const fs::path folder = file.path.parent_path();
            if (!is_glob(pattern.text)) {
                read((folder / pattern.text).lexically_normal(), &pattern.place, nullptr);
                continue;
            }
            for (const fs::path& match : matches_of(folder, pattern.text)) {
                read(match.lexically_normal(), &pattern.place, nullptr);
            }
        }
    }

    const Environment& environment_;
    Diagnostics& diagnostics_;
    Files files_;
    std::vector<fs::path> open_;
    std::vector<fs::path> done_;
};

}  // namespace

Files read_files(const fs::path& first, const Environment& environment, Diagnostics& diagnostics) {
    Reader reader(environment, diagnostics);
    reader.read(first, nullptr, nullptr);
    return reader.take();
}

Files read_files(const fs::path& first, const std::string& text, const Environment& environment,
                 Diagnostics& diagnostics) {
    Reader reader(environment, diagnostics);
    reader.read(first, nullptr, &text);
    return reader.take();
}

}  // namespace fieldway::config
