// Layer normalisation of rows: y = (v - mean) scale, scale = 1 / sqrt(variance + 1e-5), over H.
// Padding stays zero. Backward: dv = (dy - mean(dy) - y mean(dy y)) scale.
#pragma once
#include "plan.h"

namespace saiki::SAIKI_LEVEL {

constexpr float EPSILON = 1e-5f;

// The vector at j with zeros from the H-th number on.
INLINE Vector inside(Vector v, Index j, Index H) {
    if (j + W > H)
        for (Index k = H - j; k < W; ++k) v[k] = 0;
    return v;
}

// Normalises v in place and gives the scale.
static float normalise(float *v, const Shape &s) {
    Vector total{};
    for (Index j = 0; j < s.Hp; j += W) total += inside(load(v + j), j, s.H);
    const float mean = sum(total) / static_cast<float>(s.H);
    total = Vector{};
    for (Index j = 0; j < s.Hp; j += W) {
        const Vector centred = inside(load(v + j) - mean, j, s.H);
        store(v + j, centred);
        total += centred * centred;
    }
    const float scale = 1.0f / __builtin_sqrtf(sum(total) / static_cast<float>(s.H) + EPSILON);
    for (Index j = 0; j < s.Hp; j += W) store(v + j, load(v + j) * scale);
    return scale;
}

// dv from the slopes of gain * y, with y and the scale; gain is padded with zeros.
static void normalise_back(float *dv, const float *slopes, const float *gain, const float *y,
                           float scale, const Shape &s) {
    Vector total{}, along{};
    for (Index j = 0; j < s.Hp; j += W) {
        const Vector dy = inside(load(slopes + j) * load(gain + j), j, s.H);
        store(dv + j, dy);  // rounded once: dy - mean(dy) is 0 where all are alike
        total += dy;
        along += dy * load(y + j);
    }
    const float mean = sum(total) / static_cast<float>(s.H);
    const float share = sum(along) / static_cast<float>(s.H);
    for (Index j = 0; j < s.Hp; j += W)
        store(dv + j, inside((load(dv + j) - mean - load(y + j) * share) * scale, j, s.H));
}

// sums += gain * y
INLINE void add_scaled(float *sums, const float *gain, const float *y, Index count) {
    for (Index j = 0; j < count; j += W) store(sums + j, load(sums + j) + load(gain + j) * load(y + j));
}

}  // namespace saiki::SAIKI_LEVEL
