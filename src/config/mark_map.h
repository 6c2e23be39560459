// From what a plugin complains about to the place in the file.
#pragma once

#include <compare>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "config/diagnostic.h"

namespace fieldway::config {

/// Marks of everything that a plugin can complain about: its JSON pointers (input_config.h) to
/// places. The pointer "" is the input's entry.
class MarkMap {
  public:
    void put(const std::string& input, const std::string& pointer, Mark mark);
    /// The mark of the pointer, or of the nearest enclosing one that is known.
    [[nodiscard]] Mark find(const std::string& input, std::string_view pointer) const;

    /// An entry of the file: the input's own (""), a device's or a point's, by its pointer.
    struct Entry {
        std::string input;
        std::string pointer;
        friend auto operator<=>(const Entry&, const Entry&) = default;
    };
    /// The entry that a pointer leads into.
    static Entry entry_of(const std::string& input, std::string_view pointer);
    /// All marks and the entries that they are part of: what stands between two marks belongs to
    /// the first. A point of a profile is part of each device that uses it.
    [[nodiscard]] std::multimap<Mark, Entry> entries() const;

  private:
    std::map<std::string, std::map<std::string, Mark, std::less<>>> marks_;
};

/// A key as part of a JSON pointer (RFC 6901, clause 3): ~ and / escaped.
std::string pointer_part(std::string_view key);

}  // namespace fieldway::config
