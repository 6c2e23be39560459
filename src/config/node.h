// A YAML text as a tree of our own: every node knows its place, nothing is typed yet.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"

namespace fieldway::config {

/// A scalar keeps its text: whether `off`, `1.2` or `0CA1E5` is a truth, a number or a name is
/// decided by the option that it is given to, not by its looks.
struct Node {
    enum class Kind : std::uint8_t { null, scalar, list, map };
    struct Entry;

    Kind kind = Kind::null;
    bool quoted =
        false;  ///< scalar: written in quotes, as a block or as !!str: a text and nothing else
    bool refused = false;  ///< an error was told of its text: nothing more is said of it
    Place place;
    std::string text;  ///< scalar
    std::string
        written;  ///< scalar with ${NAME} replaced: the text before, for sentences; else empty
    std::vector<Node> items;     ///< list
    std::vector<Entry> entries;  ///< map, in the order of the text, no key twice

    /// The entry of a map with this key, or null.
    [[nodiscard]] const Entry* find(std::string_view key) const;
    /// The value of a map's key, or null.
    [[nodiscard]] const Node* value_of(std::string_view key) const;
    /// A scalar as a sentence shows it: what the file says, never what the environment said.
    [[nodiscard]] std::string shown() const;
};

struct Node::Entry {
    std::string key;
    Place key_place;
    Node value;
};

/// `a list`, `a mapping` ...: for sentences about wrong types.
std::string_view name_of(Node::Kind kind);

}  // namespace fieldway::config
