#include "config/node.h"

namespace fieldway::config {

const Node::Entry* Node::find(std::string_view key) const {
    for (const Entry& entry : entries) {
        if (entry.key == key) return &entry;
    }
    return nullptr;
}

const Node* Node::value_of(std::string_view key) const {
    const Entry* entry = find(key);
    return entry == nullptr ? nullptr : &entry->value;
}

std::string Node::shown() const {
    return shown_text(written.empty() ? text : written);
}

std::string_view name_of(Node::Kind kind) {
    switch (kind) {
        case Node::Kind::null:
            return "empty";
        case Node::Kind::scalar:
            return "a single value";
        case Node::Kind::list:
            return "a list";
        case Node::Kind::map:
            return "a mapping";
    }
    return "?";
}

}  // namespace fieldway::config
