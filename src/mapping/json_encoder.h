// A message as one JSON object: the timestamp first, then the points in order, flat or at their
// paths.
#pragma once

#include <string>
#include <vector>

#include "mapping/content.h"

namespace fieldway::mapping {

/// {"timestamp":"2026-11-22T10:15:30.250Z","supply_temp":21.5}. Always valid JSON (RFC 8259),
/// whatever the names and texts. unix-ms is a whole number of milliseconds, unix-s one of seconds,
/// cut.
std::string encode_json(const Content& content);

/// Names within names, in the order in which the configuration brings them first.
class JsonTree {
  public:
    explicit JsonTree(const std::vector<config::JsonField>& fields);
    /// {"timestamp":"...","meter":{"energy":{"total":1.5}}}. Where the content says nothing of a
    /// point, its name is left out, and so is an object that would be empty.
    [[nodiscard]] std::string encode(const Content& content) const;

  private:
    struct Node {
        std::string name;
        std::string point;  ///< of a leaf
        std::vector<Node> below;
    };
    static bool append(std::string& out, const Node& node, const Content& content);

    std::vector<Node> top_;
};

}  // namespace fieldway::mapping
