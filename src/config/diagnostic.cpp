#include "config/diagnostic.h"

#include <algorithm>
#include <utility>

#include "base/nearest_name.h"
#include "base/value.h"

namespace fieldway::config {

std::string to_text(const Mark& mark) {
    if (mark.line == 0) return mark.file;
    return mark.file + ":" + std::to_string(mark.line) + ":" + std::to_string(mark.column);
}

std::string to_text(const Diagnostic& diagnostic) {
    return to_text(diagnostic.mark) + (diagnostic.warning ? ": warning: " : ": ") +
           diagnostic.sentence;
}

void Diagnostics::error(const Place& place, std::string sentence) {
    add({place.mark(), std::move(sentence)});
}

void Diagnostics::warning(const Place& place, std::string sentence) {
    add({place.mark(), std::move(sentence), true});
}

void Diagnostics::error_of_input(const Place& place, std::string input, std::string sentence) {
    add({place.mark(), std::move(sentence), false, std::move(input)});
}

void Diagnostics::error_of_uplink(const Place& place, std::string uplink, std::string sentence) {
    add({place.mark(), std::move(sentence), false, "", std::move(uplink)});
}

void Diagnostics::take(Diagnostics other) {
    untold_ += other.untold_;
    for (Diagnostic& diagnostic : other.found_)
        add(std::move(diagnostic));
}

void Diagnostics::add(Diagnostic diagnostic) {
    if (found_.size() < most) {
        found_.push_back(std::move(diagnostic));
    } else {
        ++untold_;
        // The verdict must not depend on the order in which things were found.
        if (!diagnostic.warning) {
            found_.back().warning = false;
            found_.back().input.clear();
            found_.back().uplink.clear();
        }
    }
}

std::vector<Diagnostic> Diagnostics::take_sorted() {
    std::stable_sort(found_.begin(), found_.end(),
                     [](const auto& a, const auto& b) { return a.mark < b.mark; });
    found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
    if (untold_ > 0) {
        found_.push_back({{found_.back().mark.file, 0, 0},
                          std::to_string(untold_) + " more are not told; correct these first",
                          false});
        untold_ = 0;
    }
    return std::exchange(found_, {});
}

bool without_errors(const std::vector<Diagnostic>& diagnostics) {
    return std::all_of(diagnostics.begin(), diagnostics.end(),
                       [](const Diagnostic& diagnostic) { return diagnostic.warning; });
}

bool without_errors_of_all(const std::vector<Diagnostic>& diagnostics) {
    return std::all_of(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& diagnostic) {
        return diagnostic.warning || !diagnostic.input.empty() || !diagnostic.uplink.empty();
    });
}

std::string shown_text(std::string_view text) {
    constexpr std::size_t longest = 80;
    const bool cut = text.size() > longest;
    std::string_view part = text.substr(0, longest);
    // Not in the middle of a character.
    while (cut && !part.empty() && !is_utf8(part))
        part.remove_suffix(1);
    const bool bare = !part.empty() && part.find_first_of("\"\\, ;") == std::string_view::npos &&
                      std::none_of(part.begin(), part.end(), [](char c) {
                          return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
                      });
    std::string shown;
    if (bare) {
        shown = part;
    } else {
        append_json_string(shown, part);
    }
    if (cut) shown += "...";
    return shown;
}

std::string joined(const std::vector<std::string>& names, std::string_view last_word) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0) text += i + 1 == names.size() ? " " + std::string(last_word) + " " : ", ";
        text += names[i];
    }
    return text;
}

std::string hint_of(std::string_view name, const std::vector<std::string>& all) {
    constexpr std::size_t most_listed = 40;
    const std::string nearest = nearest_name(name, all);
    if (!nearest.empty()) return "; did you mean \"" + nearest + "\"?";
    // What lacks its name, or has another's, is told at its own place.
    std::vector<std::string> known;
    for (const std::string& one : all) {
        if (!one.empty() && std::find(known.begin(), known.end(), one) == known.end())
            known.push_back(one);
    }
    if (known.empty()) return "";
    std::vector<std::string> listed(
        known.begin(),
        known.begin() + static_cast<std::ptrdiff_t>(std::min(known.size(), most_listed)));
    std::sort(listed.begin(), listed.end());
    return "; known here: " + joined(listed, "and") +
           (known.size() > most_listed ? " and more" : "");
}

}  // namespace fieldway::config
