// What the softmax over a vocabulary is asked to do. Shared by all instruction levels.
#pragma once
#include <cstdint>

namespace saiki {

// Rows of logits (N, V), float or bfloat16, whose last axis is contiguous.
struct Logits {
    void *data;
    std::int64_t rows, columns, row;  // row: from one to the next, in numbers
    bool is_bf16, writes;             // writes: the gradient takes the place of the logits
    const std::int64_t *targets;      // (N), each from 0 to V - 1
    const float *bias;                // (V), added first, or null
    double *nats;                     // (N)
    float *sums;  // (N / SOFTMAX_BLOCK, rounded up, V) sums of each block's gradients, or null
    float *work;                      // threads times `softmax_work(V)`
    int threads;
};

constexpr std::int64_t SOFTMAX_BLOCK = 32;  // rows that one thread takes, whatever their number

// Room for a row in floats: whole groups of the widest vectors, and a vector to read beyond.
constexpr std::int64_t softmax_work(std::int64_t columns) { return (columns / 64 + 1) * 64; }

}  // namespace saiki
