// Huffman's tree and the alias table.
#include <algorithm>
#include <numeric>

#include "host.h"

namespace saiki::vectors {

// Vose 1991: columns below the mean are filled up from one above it.
std::vector<AliasEntry> alias_table(const double *weights, Index count) {
    const double total = std::accumulate(weights, weights + count, 0.0);
    std::vector<double> part(count);
    std::vector<std::int32_t> small, large;
    for (Index k = 0; k < count; ++k) {
        part[k] = weights[k] / total * static_cast<double>(count);
        (part[k] < 1 ? small : large).push_back(static_cast<std::int32_t>(k));
    }
    std::vector<AliasEntry> table(count);
    for (Index k = 0; k < count; ++k) table[k] = {UINT32_MAX, static_cast<std::int32_t>(k)};
    while (!small.empty() && !large.empty()) {
        const std::int32_t poor = small.back(), rich = large.back();
        small.pop_back();
        table[poor] = {static_cast<std::uint32_t>(part[poor] * 0x1p32), rich};
        part[rich] -= 1 - part[poor];
        if (part[rich] < 1) {
            large.pop_back();
            small.push_back(rich);
        }
    }
    return table;
}

// The two lightest of all nodes meet in a new one. Leaves stand sorted in one queue, inner nodes
// come out of the other in rising weight, so both fronts hold the lightest.
static std::vector<Index> parents_of(const Index *counts, Index count) {
    std::vector<Index> leaves(count), parent(2 * count - 1);
    std::vector<double> weight(2 * count - 1);
    std::iota(leaves.begin(), leaves.end(), Index{0});
    std::stable_sort(leaves.begin(), leaves.end(),
                     [&](Index a, Index b) { return counts[a] < counts[b]; });
    for (Index k = 0; k < count; ++k) weight[k] = static_cast<double>(counts[k]);
    Index leaf = 0, inner = count;
    for (Index made = count; made < 2 * count - 1; ++made) {
        for (int side = 0; side < 2; ++side) {
            const bool takes_leaf =
                leaf < count && (inner == made || weight[leaves[leaf]] <= weight[inner]);
            const Index child = takes_leaf ? leaves[leaf++] : inner++;
            weight[made] += weight[child];
            parent[child] = 2 * made + side;
        }
    }
    return parent;
}

Tree huffman(const Index *counts, Index count) {
    const std::vector<Index> parent = parents_of(counts, count);
    const Index root = 2 * count - 2;
    Tree tree;
    tree.offsets.push_back(0);
    for (Index word = 0; word < count; ++word) {
        const auto begin = static_cast<std::ptrdiff_t>(tree.nodes.size());
        for (Index at = word; at != root; at = parent[at] / 2) {
            tree.nodes.push_back(static_cast<std::int32_t>(parent[at] / 2 - count));
            tree.codes.push_back(static_cast<std::uint8_t>(parent[at] % 2));
        }
        std::reverse(tree.nodes.begin() + begin, tree.nodes.end());
        std::reverse(tree.codes.begin() + begin, tree.codes.end());
        tree.offsets.push_back(static_cast<Index>(tree.nodes.size()));
    }
    return tree;
}

}  // namespace saiki::vectors
