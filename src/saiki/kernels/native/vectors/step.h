// One step: some input rows against some output rows, every pair a logistic regression.
//   s = X Oᵀ,  g = rate · weight · (label - σ(s)),  ΔX = g O,  ΔO = gᵀ X
#pragma once
#include "loss.h"

namespace saiki::SAIKI_LEVEL {

// Rows that are read, and where their changes are added: the same rows, or sums elsewhere.
struct Rows {
    float *const *values, *const *changes;
    Index count;
    bool is_built = false;  // from other rows, to which its changes are handed on
};

struct Moves {
    bool inputs, outputs;
};

// Rows may occur twice: every change is added to what stands there at that moment.
template <int K, bool INPUTS, bool OUTPUTS>
INLINE void spread(const Rows &x, const Rows &o, Index n, const float *g) {
    for (Index e = 0; e < n; e += W) {
        Vector row[K], change[K] = {};
        for (int k = 0; k < K; ++k) row[k] = load(o.values[k] + e);
        for (Index j = 0; j < x.count; ++j) {
            const Vector input = load(x.values[j] + e);
            Vector moved{};
            for (int k = 0; k < K; ++k) {
                const Vector slope = all(g[j * SLOTS + k]);
                if (INPUTS) moved += slope * row[k];
                if (OUTPUTS) change[k] += slope * input;
            }
            if (INPUTS) store(x.changes[j] + e, load(x.changes[j] + e) + moved);
        }
        if (OUTPUTS)
            for (int k = 0; k < K; ++k) store(o.changes[k] + e, load(o.changes[k] + e) + change[k]);
    }
}

template <int K>
static Vector step_of(const Rows &x, const Rows &o, Index n, const Marks &marks, float rate,
                      Moves moves) {
    alignas(64) float s[(MOST_INPUTS + 1) * SLOTS];
    score<K>(x.values, x.count, o.values, n, s);
    const Vector loss = grade(s, x.count, marks, rate);
    if (moves.inputs && moves.outputs) spread<K, true, true>(x, o, n, s);
    else if (moves.inputs) spread<K, true, false>(x, o, n, s);
    else if (moves.outputs) spread<K, false, true>(x, o, n, s);
    return loss;
}

using StepOf = Vector (*)(const Rows &, const Rows &, Index, const Marks &, float, Moves);
template <class>
struct Steps;
template <int... K>
struct Steps<std::integer_sequence<int, K...>> {
    static constexpr StepOf of[] = {step_of<K + 1>...};
};

// At most MOST_INPUTS inputs and MOST_OUTPUTS outputs; gives the losses, spread over the lanes.
INLINE Vector step(const Rows &x, const Rows &o, Index n, const Marks &marks, float rate,
                   Moves moves) {
    return Steps<std::make_integer_sequence<int, MOST_OUTPUTS>>::of[o.count - 1](x, o, n, marks,
                                                                                 rate, moves);
}

}  // namespace saiki::SAIKI_LEVEL
