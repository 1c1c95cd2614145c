// Inner products of a few rows with a few others, and the sums of vectors that they end in.
#pragma once
#include <utility>

#include "../vector.h"

namespace saiki::SAIKI_LEVEL {

constexpr int SLOTS = 8;  // scores of one input row
constexpr int MOST_OUTPUTS = SLOTS;  // of a step: the same at every level, so that all agree
constexpr int MOST_INPUTS = 16;

template <int D, int... L>
INLINE Vector swap_lanes(Vector v, std::integer_sequence<int, L...>) {
    return __builtin_shufflevector(v, v, (L ^ D)...);
}

// Lanes of `a` where bit D of the lane is off, of `b` where it is on.
template <int D, int... L>
INLINE Vector blend(Vector a, Vector b, std::integer_sequence<int, L...>) {
    return __builtin_shufflevector(a, b, ((L & D) ? L + static_cast<int>(W) : L)...);
}

// Leaves the sum of v[k] in lane k: each turn halves how many vectors there are.
template <int D = W / 2>
INLINE Vector sums(Vector *v) {
    constexpr std::make_integer_sequence<int, W> lanes{};
    for (int k = 0; k < D; ++k)
        v[k] = blend<D>(v[k], v[k + D], lanes) +
               swap_lanes<D>(blend<D>(v[k + D], v[k], lanes), lanes);
    if constexpr (D > 1) return sums<D / 2>(v);
    else return v[0];
}

// s[r * SLOTS + k] = x[r] · o[k]; writes whole vectors.
template <int R, int K>
INLINE void dots(float *const *x, float *const *o, Index n, float *s) {
    Vector total[R][K] = {};
    for (Index e = 0; e < n; e += W) {
        Vector row[R];
        for (int r = 0; r < R; ++r) row[r] = load(x[r] + e);
        for (int k = 0; k < K; ++k) {
            const Vector other = load(o[k] + e);
            for (int r = 0; r < R; ++r) total[r][k] += row[r] * other;
        }
    }
    constexpr int count = R * SLOTS < W ? W : R * SLOTS;
    for (int from = 0; from < count; from += static_cast<int>(W)) {
        Vector v[W];
        for (int l = 0; l < W; ++l) {
            const int r = (from + l) / SLOTS, k = (from + l) % SLOTS;
            v[l] = r < R && k < K ? total[r < R ? r : 0][k < K ? k : 0] : Vector{};
        }
        store(s + from, sums(v));
    }
}

// The scores of `count` input rows, two at a time.
template <int K>
INLINE void score(float *const *x, Index count, float *const *o, Index n, float *s) {
    constexpr int R = SAIKI_BYTES == 64 ? 2 : 1;
    Index j = 0;
    for (; j + R <= count; j += R) dots<R, K>(x + j, o, n, s + j * SLOTS);
    for (; j < count; ++j) dots<1, K>(x + j, o, n, s + j * SLOTS);
}

}  // namespace saiki::SAIKI_LEVEL
