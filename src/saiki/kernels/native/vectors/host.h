// What runs once for all levels: levels, tables of the draws, threads.
#pragma once
#include <vector>

#include "job.h"

namespace saiki::vectors {

const std::vector<const Level *> &levels();

std::vector<AliasEntry> alias_table(const double *weights, Index count);

// Huffman's tree: for each word its inner nodes from the root, and at each 0 (left) or 1.
struct Tree {
    std::vector<Index> offsets;
    std::vector<std::int32_t> nodes;
    std::vector<std::uint8_t> codes;
};
Tree huffman(const Index *counts, Index count);

Tally run(const Level &level, const Job &job, const Span &span);

}  // namespace saiki::vectors
