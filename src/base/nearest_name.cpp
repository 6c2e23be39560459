#include "base/nearest_name.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace fieldway {

namespace {

// Optimal string alignment distance.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> cost(a.size() + 1,
                                               std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i)
        cost[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j)
        cost[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t differs = a[i - 1] == b[j - 1] ? 0 : 1;
            cost[i][j] =
                std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + differs});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
            }
        }
    }
    return cost[a.size()][b.size()];
}

}  // namespace

std::string nearest_name(std::string_view name, std::span<const std::string> known) {
    constexpr std::size_t longest = 64;  // the cost is the product of the lengths
    std::string best;
    std::size_t least = 0;
    if (name.size() > longest) return best;
    for (const std::string& candidate : known) {
        if (candidate.size() > longest) continue;
        const std::size_t d = distance(name, candidate);
        const std::size_t length = std::max(name.size(), candidate.size());
        const std::size_t most = std::max<std::size_t>(1, length / 3);
        // With nothing in common (x and y) it is another name, not a misspelling.
        if (d <= most && d < length && (best.empty() || d < least)) {
            best = candidate;
            least = d;
        }
    }
    return best;
}

}  // namespace fieldway
