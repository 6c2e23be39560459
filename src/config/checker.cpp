#include "config/checker.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "config/scalar.h"

namespace fieldway::config {

namespace json = boost::json;

namespace {

/// Plugins write meanings with or without a full stop; a diagnostic ends without.
std::string without_stop(std::string meaning) {
    while (meaning.ends_with('.'))
        meaning.pop_back();
    return meaning;
}

}  // namespace

/// Walks a table and a node side by side. Thread: any, one at a time.
class Checker {
  public:
    Checker(UnknownKeys unknown_keys, Diagnostics& diagnostics, CheckedMap& checked)
        : unknown_keys_(unknown_keys), diagnostics_(diagnostics), checked_(checked) {}

    json::object root(const OptionTable& table, const Node& node, const std::string& what) {
        checked_.node_ = &node;
        return map(table, node, what, "");
    }

  private:
    json::object map(const OptionTable& table, const Node& node, const std::string& what,
                     const std::string& path) {
        if (node.kind != Node::Kind::map && node.kind != Node::Kind::null) {
            fault(path, node.place,
                  what + " is " + std::string(name_of(node.kind)) + "; it must be a mapping");
            return defaults(table);
        }
        json::object values;
        for (const Option& option : table) {
            const Node::Entry* entry = node.find(option.name);
            const std::string inner = path.empty() ? option.name : path + "." + option.name;
            if (entry != nullptr) {
                values[option.name] = value(option, *entry, inner);
            } else if (option.required) {
                fault(inner, node.place,
                      option.name + " is missing: " + without_stop(option.meaning));
                values[option.name] = stand_in_of(option);
            } else if (auto preset = preset_of(option); !preset.is_null()) {
                values[option.name] = std::move(preset);
            }
        }
        if (unknown_keys_ == UnknownKeys::refused) refuse_unknown(table, node);
        return values;
    }

    void fault(const std::string& path, const Place& place, std::string sentence) {
        checked_.faulty_.insert(path);
        diagnostics_.error(place, std::move(sentence));
    }

    void refuse_unknown(const OptionTable& table, const Node& node) {
        for (const Node::Entry& entry : node.entries) {
            if (find_option(table, entry.key) != nullptr) continue;
            diagnostics_.error(entry.key_place, "unknown key " + shown_text(entry.key) +
                                                    hint_of(entry.key, names_of(table)));
        }
    }

    /// A group that is not given still has its members' defaults; with a required member it is
    /// simply absent.
    json::value preset_of(const Option& option) {
        if (option.type != OptionType::group || !option.preset.is_null()) return option.preset;
        const bool has_required = std::any_of(option.members.begin(), option.members.end(),
                                              [](const Option& member) { return member.required; });
        if (has_required) return nullptr;
        return defaults(option.members);
    }
    /// A group has its required members too: who reads what a fault left finds every key.
    json::value stand_in_of(const Option& option) {
        return option.type == OptionType::group ? defaults(option.members) : stand_in(option);
    }
    json::object defaults(const OptionTable& table) {
        json::object values;
        for (const Option& option : table) {
            auto preset = option.required ? stand_in_of(option) : preset_of(option);
            if (!preset.is_null()) values[option.name] = std::move(preset);
        }
        return values;
    }

    json::value value(const Option& option, const Node::Entry& entry, const std::string& path) {
        const Node& node = entry.value;
        if (!option.not_built.empty()) {
            fault(path, entry.key_place, option.not_built);
            return stand_in(option);
        }
        switch (option.type) {
            case OptionType::group:
                return group(option, node, path);
            case OptionType::groups:
                return groups(option, node, path);
            case OptionType::texts:
            case OptionType::integers:
                return list(option, node, path);
            case OptionType::table:
                return table(option, node, path);
            case OptionType::any:
                return untyped_json(node);
            default:
                break;
        }
        if (node.kind == Node::Kind::null) {
            fault(path, entry.key_place,
                  option.name + " has no value; write one, or remove the key");
            return stand_in(option);
        }
        if (!expect(option, node, Node::Kind::scalar, path)) return stand_in(option);
        return scalar(option, option.name, node, path);
    }

    json::value scalar(const Option& option, const std::string& what, const Node& node,
                       const std::string& path) {
        if (node.refused) {
            checked_.faulty_.insert(path);
            return stand_in(option);
        }
        auto checked = checked_scalar(option, what, node);
        if (checked) return std::move(*checked);
        fault(path, node.place, checked.error().sentence());
        return stand_in(option);
    }

    bool expect(const Option& option, const Node& node, Node::Kind kind, const std::string& path) {
        if (node.kind == kind) return true;
        fault(path, node.place,
              option.name + " is " + std::string(name_of(node.kind)) + "; it must be " +
                  wanted(option.type));
        return false;
    }

    json::value group(const Option& option, const Node& node, const std::string& path) {
        return map(option.members, node, option.name, path);
    }

    json::value groups(const Option& option, const Node& node, const std::string& path) {
        json::array items;
        if (node.kind == Node::Kind::null) return items;
        if (!expect(option, node, Node::Kind::list, path)) return items;
        for (std::size_t i = 0; i < node.items.size(); ++i) {
            items.push_back(map(option.members, node.items[i], "an entry of " + option.name,
                                path + "." + std::to_string(i)));
        }
        return items;
    }

    json::value list(const Option& option, const Node& node, const std::string& path) {
        json::array items;
        if (node.kind == Node::Kind::null) return items;
        if (!expect(option, node, Node::Kind::list, path)) return items;
        Option of_item = option;
        of_item.type = option.type == OptionType::texts ? OptionType::text : OptionType::integer;
        of_item.preset = nullptr;
        const std::string what = "an entry of " + option.name;
        for (std::size_t i = 0; i < node.items.size(); ++i) {
            const Node& item = node.items[i];
            const std::string inner = path + "." + std::to_string(i);
            if (item.kind == Node::Kind::scalar) {
                items.push_back(scalar(of_item, what, item, inner));
                continue;
            }
            fault(inner, item.place,
                  what + " is " + std::string(name_of(item.kind)) + "; it must be " +
                      wanted(of_item.type));
            items.push_back(stand_in(of_item));  // places are found by position
        }
        return items;
    }

    json::value table(const Option& option, const Node& node, const std::string& path) {
        json::object rows;
        if (node.kind == Node::Kind::null) return rows;
        if (!expect(option, node, Node::Kind::map, path)) return rows;
        for (const Node::Entry& entry : node.entries) {
            if (entry.value.kind != Node::Kind::scalar) {
                fault(path, entry.value.place,
                      entry.key + " of " + option.name + " is " +
                          std::string(name_of(entry.value.kind)) + "; it must be a text");
                continue;
            }
            rows[entry.key] = entry.value.text;
        }
        return rows;
    }

    UnknownKeys unknown_keys_;
    Diagnostics& diagnostics_;
    CheckedMap& checked_;
};

CheckedMap check_map(const OptionTable& table, const Node& node, const std::string& what,
                     UnknownKeys unknown_keys, Diagnostics& diagnostics) {
    CheckedMap checked;
    checked.values = Checker(unknown_keys, diagnostics, checked).root(table, node, what);
    return checked;
}

bool CheckedMap::sound(std::string_view path) const {
    for (;;) {
        if (faulty_.contains(path)) return false;
        const std::size_t dot = path.rfind('.');
        if (dot == std::string_view::npos) return !faulty_.contains(std::string_view());
        path = path.substr(0, dot);
    }
}

namespace {

const Node* child_of(const Node& node, std::string_view part) {
    if (node.kind != Node::Kind::list) return node.value_of(part);
    std::size_t index = 0;
    const auto [end, status] = std::from_chars(part.data(), part.data() + part.size(), index);
    const bool ok = status == std::errc() && end == part.data() + part.size();
    return ok && index < node.items.size() ? &node.items[index] : nullptr;
}

/// The node at the path, or the last one on the way to it; `all` tells which.
const Node* walk(const Node* node, std::string_view path, bool& all) {
    all = true;
    while (!path.empty()) {
        const std::size_t dot = std::min(path.find('.'), path.size());
        const Node* child = child_of(*node, path.substr(0, dot));
        if (child == nullptr) {
            all = false;
            return node;
        }
        node = child;
        path = path.substr(std::min(dot + 1, path.size()));
    }
    return node;
}

}  // namespace

const Node* CheckedMap::node_of(std::string_view path) const {
    bool all = false;
    const Node* node = walk(node_, path, all);
    return all ? node : nullptr;
}

Place CheckedMap::place(std::string_view path) const {
    bool all = false;
    return walk(node_, path, all)->place;
}

std::vector<std::string> names_of(const OptionTable& table) {
    std::vector<std::string> names;
    for (const Option& option : table) {
        // A key that is only known to be refused is no good advice.
        if (option.not_built.empty()) names.push_back(option.name);
    }
    return names;
}

const Option* find_option(const OptionTable& table, std::string_view name) {
    for (const Option& option : table) {
        if (option.name == name) return &option;
    }
    return nullptr;
}

}  // namespace fieldway::config
