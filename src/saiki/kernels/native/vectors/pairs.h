// Positives of two neighbouring inputs at once: most words of their windows are the same, so that a
// row is read and written once for both.
#pragma once
#include "chunk.h"

namespace saiki::SAIKI_LEVEL {

// 1 where the word at `j` stands in the window of the r-th input, else 0.
INLINE float is_near(const Piece &p, Index i, Index j) {
    return j != i && p.from[i] <= j && j < p.to[i] ? 1.0f : 0.0f;
}

// The inputs at [begin, end), at most two of them; gives the losses, spread over the lanes.
INLINE Vector train_positives_of(const Trainee &t, Index begin, Index end, float rate, Moves moves) {
    const Piece &p = t.piece;
    const Rows x{t.work.inputs + begin, t.work.inputs + begin, end - begin};
    const Index low = smaller(p.from[begin], p.from[end - 1]);
    const Index high = p.to[begin] > p.to[end - 1] ? p.to[begin] : p.to[end - 1];
    const Index groups = (high - low + MOST_OUTPUTS - 1) / MOST_OUTPUTS;
    const Index each = groups <= 2 ? (high - low + groups - 1) >> (groups - 1) : MOST_OUTPUTS;
    Vector loss{};
    for (Index g = 0; g < groups; ++g) {
        const Index from = low + g * each, to = smaller(from + each, high);
        float *rows[SLOTS];
        alignas(64) float weights[3 * SLOTS] = {};
        for (Index j = from; j < to; ++j) {
            rows[j - from] = t.output(p.word[j]);
            float both = 0;
            for (Index i = begin; i < end; ++i)
                both += weights[(i - begin) * SLOTS + j - from] = is_near(p, i, j);
            t.push(rows[j - from], moves.outputs, rate * both);
        }
        loss += step(x, {rows, rows, to - from}, t.job.outputs.stride, {weights, MARK.rows[SLOTS], SLOTS, 0},
                     rate, moves);
    }
    for (Index i = begin; i < end; ++i)
        t.push(t.work.inputs[i], moves.inputs, rate * static_cast<float>(p.to[i] - p.from[i] - 1));
    return loss;
}

}  // namespace saiki::SAIKI_LEVEL
