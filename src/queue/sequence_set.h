// Sequences of one stream as a few disjoint spans: what is on disk alone. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "flow/message.h"

namespace fieldway::queue {

/// A span says that what is live between its ends is in the set: it may hold sequences that are
/// gone already. Costs by the number of spans, whatever they hold.
class SequenceSet {
  public:
    struct Span {
        Sequence first = 0;
        Sequence last = 0;
        friend bool operator==(const Span&, const Span&) = default;
    };

    /// Joins spans that it touches. `first` <= `last`.
    void add(Sequence first, Sequence last);
    void remove(Sequence first, Sequence last);

    [[nodiscard]] bool contains(Sequence sequence) const;
    /// The rest of the set's first span above `after`.
    [[nodiscard]] std::optional<Span> next(Sequence after) const;
    /// The last of the sequences below `before`.
    [[nodiscard]] std::optional<Sequence> below(Sequence before) const;
    /// How many sequences from `first` to `last` are in spans.
    [[nodiscard]] std::uint64_t count(Sequence first, Sequence last) const;
    [[nodiscard]] bool empty() const { return spans_.empty(); }
    [[nodiscard]] std::size_t spans() const { return spans_.size(); }
    [[nodiscard]] std::vector<Span> all() const;
    [[nodiscard]] Sequence last() const { return spans_.empty() ? 0 : spans_.rbegin()->second; }

  private:
    std::map<Sequence, Sequence> spans_;  ///< first to last, disjoint and not adjacent
};

}  // namespace fieldway::queue
