#include "profile/merge.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/checker.h"
#include "profile/profile_table.h"

namespace fieldway::profile {

namespace {

using config::Node;

constexpr const char* point_list = "points";
constexpr const char* message_list = "messages";
constexpr const char* command_list = "commands";
constexpr const char* chosen_list = "profile_points";

std::string name_of_point(const Node& point) {
    const Node* name = point.value_of("name");
    return name != nullptr && name->kind == Node::Kind::scalar ? name->text : "";
}

bool is_list(const Node* node) {
    return node != nullptr && node->kind == Node::Kind::list;
}

/// Two mappings key by key.
Node joined(const Node& own, const Node& below) {
    Node result = own;
    std::erase_if(result.entries, [&](const Node::Entry& entry) {
        return entry.value.kind == Node::Kind::null && below.find(entry.key) != nullptr;
    });
    for (const Node::Entry& entry : below.entries) {
        if (own.find(entry.key) == nullptr) result.entries.push_back(entry);
    }
    return result;
}

/// What a device takes of a profile's points: all, or those that it chooses or overrides.
class Choice {
  public:
    Choice(const Node& device, const Profile& profile, config::Diagnostics& diagnostics) {
        const Node* names = device.value_of(chosen_list);
        if (!is_list(names)) return;
        chosen_.emplace();
        if (const Node* own = device.value_of(point_list); is_list(own)) {
            for (const Node& point : own->items)
                chosen_->insert(name_of_point(point));
        }
        std::vector<std::string> known;
        if (const Node* points = profile.root.value_of(point_list); is_list(points)) {
            for (const Node& point : points->items)
                known.push_back(name_of_point(point));
        }
        for (const Node& name : names->items) {
            if (name.kind != Node::Kind::scalar) continue;  // the table says it
            chosen_->insert(name.text);
            if (std::find(known.begin(), known.end(), name.text) != known.end()) continue;
            diagnostics.error(name.place, "the profile " + config::shown_text(profile.name) +
                                              " has no point " + config::shown_text(name.text) +
                                              config::hint_of(name.text, known));
        }
    }

    [[nodiscard]] bool everything() const { return !chosen_; }
    [[nodiscard]] bool takes(const std::string& point) const {
        return !chosen_ || chosen_->contains(point);
    }

  private:
    std::optional<std::set<std::string>> chosen_;
};

Node merged_points(const Node* own, const Node& below, const Choice& choice) {
    Node points = own != nullptr ? *own : below;
    points.items.clear();
    std::set<std::string> taken;
    const auto own_point = [&](const std::string& name) -> const Node* {
        if (own == nullptr || name.empty()) return nullptr;
        for (const Node& point : own->items) {
            if (name_of_point(point) == name) return &point;
        }
        return nullptr;
    };
    for (const Node& point : below.items) {
        const std::string name = name_of_point(point);
        if (!choice.takes(name)) continue;
        const Node* overriding = own_point(name);
        // A name that stands twice in the profile is told by whoever checks the points.
        const bool merge = overriding != nullptr && taken.insert(name).second;
        points.items.push_back(merge ? joined(*overriding, point) : point);
    }
    if (own == nullptr) return points;
    std::set<std::string> first_of;
    for (const Node& point : own->items) {
        const std::string name = name_of_point(point);
        if (taken.contains(name) && first_of.insert(name).second) continue;
        points.items.push_back(point);
    }
    return points;
}

/// Takes the points out that were meant to override one of the profile's and have a name that it
/// does not know.
void refuse_lost_overrides(Node& points, const Profile& profile, const OptionTable& of_points,
                           config::Diagnostics& diagnostics) {
    std::vector<std::string> known;
    for (const Node& point : profile.root.value_of(point_list)->items)
        known.push_back(name_of_point(point));
    std::erase_if(points.items, [&](const Node& point) {
        const std::string name = name_of_point(point);
        if (name.empty() || std::find(known.begin(), known.end(), name) != known.end()) {
            return false;
        }
        for (const Option& option : of_points) {
            if (!option.required || point.find(option.name) != nullptr) continue;
            diagnostics.error(point.value_of("name")->place,
                              "the profile " + config::shown_text(profile.name) + " has no point " +
                                  config::shown_text(name) + config::hint_of(name, known) +
                                  " (a point of the device's own "
                                  "needs " +
                                  option.name + " too)");
            return true;
        }
        return false;
    });
}

/// Messages or commands without the points that the device does not take, and without those that
/// have no other.
Node with_chosen_points(const Node& messages, const Choice& choice) {
    Node result = messages;
    result.items.clear();
    for (const Node& message : messages.items) {
        Node kept = message;
        bool emptied = false;
        for (Node::Entry& entry : kept.entries) {
            if (entry.key != point_list || !is_list(&entry.value)) continue;
            const bool had_any = !entry.value.items.empty();
            std::erase_if(entry.value.items,
                          [&](const Node& name) { return !choice.takes(name.text); });
            emptied = had_any && entry.value.items.empty();
        }
        if (!emptied) result.items.push_back(std::move(kept));
    }
    return result;
}

}  // namespace

config::Node merged(const Node& device, const Profile& profile, const OptionTable& of_points,
                    config::Diagnostics& diagnostics) {
    const OptionTable header = header_table();
    const Choice choice(device, profile, diagnostics);
    Node result = device;
    for (const Node::Entry& entry : profile.root.entries) {
        if (config::find_option(header, entry.key) != nullptr) continue;
        const auto own = std::find_if(result.entries.begin(), result.entries.end(),
                                      [&](const auto& other) { return other.key == entry.key; });
        const bool has_own = own != result.entries.end();
        if (has_own && own->value.kind == Node::Kind::null) {
            result.entries.erase(own);
        } else if (entry.key == point_list && is_list(&entry.value)) {
            if (!has_own) {
                result.entries.push_back(
                    {entry.key, entry.key_place, merged_points(nullptr, entry.value, choice)});
            } else if (is_list(&own->value)) {
                refuse_lost_overrides(own->value, profile, of_points, diagnostics);
                own->value = merged_points(&own->value, entry.value, choice);
            }  // else the table says it
        } else if (!has_own) {
            const bool names_points = entry.key == message_list || entry.key == command_list;
            const bool filter = names_points && is_list(&entry.value);
            result.entries.push_back({entry.key, entry.key_place,
                                      filter && !choice.everything()
                                          ? with_chosen_points(entry.value, choice)
                                          : entry.value});
        } else if (own->value.kind == Node::Kind::map && entry.value.kind == Node::Kind::map) {
            own->value = joined(own->value, entry.value);
        }
    }
    return result;
}

}  // namespace fieldway::profile
