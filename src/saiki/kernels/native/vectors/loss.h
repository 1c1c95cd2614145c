// Logistic loss and its slope, for all scores of a step at once.
#pragma once
#include "../functions.h"
#include "dots.h"

namespace saiki::SAIKI_LEVEL {

struct Logistic {
    Vector sigmoid, softplus;
};

// ln(1 + p) = p q(p) within 2e-7 for p in [0, 1]: a Chebyshev fit of degree 8.
INLINE Vector log1p_of_part(Vector p) {
    Vector q = all(0x1.584a66p-8f);
    q = q * p - 0x1.e4c732p-6f;
    q = q * p + 0x1.40f82ap-4f;
    q = q * p - 0x1.180f2ep-3f;
    q = q * p + 0x1.8766fp-3f;
    q = q * p - 0x1.fcd00cp-3f;
    q = q * p + 0x1.553078p-2f;
    q = q * p - 0x1.fffeb2p-2f;
    q = q * p + 1.0f;
    return p * q;
}

// σ(s) and ln(1 + e^s), from one exponential that cannot overflow; NaN travels.
INLINE Logistic logistic(Vector s) {
    Vector a = -absolute(s);
    a = select(a < -87.0f, all(-87.0f), a);
    const Reduced e = reduce(a);
    const Vector p = (e.expm1 + 1.0f) * power_of_two(e.power);
    const Vector positive = select(s < 0.0f, Vector{}, s);
    return {select(s < 0.0f, p, all(1.0f)) / (1.0f + p), positive + log1p_of_part(p)};
}

// How the scores of a step count: rows of SLOTS weights and of labels (0 or 1), the same for
// every input (MARKS floats, the row repeated) or a row for each.
constexpr int MARKS = W < SLOTS ? SLOTS : W;

struct Marks {
    const float *weights, *labels;
    Index weight_step, label_step;  // floats between the rows of two inputs, 0 or SLOTS
};

// Row k has 1 in the first k slots, else 0.
struct MarkRows {
    alignas(64) float rows[SLOTS + 1][MARKS] = {};
    constexpr MarkRows() {
        for (int k = 0; k <= SLOTS; ++k)
            for (int l = 0; l < MARKS; ++l) rows[k][l] = l % SLOTS < k ? 1.0f : 0.0f;
    }
};
inline constexpr MarkRows MARK;

INLINE Vector marks_at(const float *rows, Index step, Index at) {
    return load(rows + (step == 0 ? at % SLOTS : at));
}

// A vector that is wider than a row holds two; the second may not be there.
INLINE Vector first_row(Vector v) {
    for (Index l = SLOTS; l < W; ++l) v[l] = 0;
    return v;
}

// Turns scores into what the rows move by, rate · weight · (label - σ(s)); adds up the losses.
INLINE Vector grade(float *s, Index count, const Marks &marks, float rate) {
    Vector loss{};
    for (Index at = 0; at < count * SLOTS; at += W) {
        const Vector score = load(s + at);
        Vector weight = marks_at(marks.weights, marks.weight_step, at);
        if (W > SLOTS && at + W > count * SLOTS) weight = first_row(weight);
        const Vector label = marks_at(marks.labels, marks.label_step, at);
        const Logistic f = logistic(score);
        loss += weight * (f.softplus - label * score);
        store(s + at, rate * weight * (label - f.sigmoid));
    }
    return loss;
}

}  // namespace saiki::SAIKI_LEVEL
