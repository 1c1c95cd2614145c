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

constexpr Index MOST = 4;  // blocks in a row

// Normalises `count` blocks of a row in place and gives their scales. All blocks go through each
// pass before the next: one block's sums and roots wait for each other, several blocks' do not.
// Where there is a `to`, it becomes before + gain * y.
static void normalise(float *v, Index count, float *scale, const Shape &s, float *to = nullptr,
                      const float *before = nullptr, const float *gain = nullptr) {
    const float size = static_cast<float>(s.H);
    float mean[MOST];
    for (Index k = 0; k < count; ++k) {
        Vector total{};
        for (Index j = 0; j < s.Hp; j += W) total += inside(load(v + k * s.Hp + j), j, s.H);
        mean[k] = sum(total) / size;
    }
    for (Index k = 0; k < count; ++k) {
        Vector total{};
        for (Index j = 0; j < s.Hp; j += W) {
            const Vector centred = inside(load(v + k * s.Hp + j) - mean[k], j, s.H);
            store(v + k * s.Hp + j, centred);
            total += centred * centred;
        }
        scale[k] = 1.0f / __builtin_sqrtf(sum(total) / size + EPSILON);
    }
    for (Index k = 0; k < count; ++k)
        for (Index j = k * s.Hp; j < (k + 1) * s.Hp; j += W) {
            const Vector y = load(v + j) * scale[k];
            store(v + j, y);
            if (to) store(to + j, load(before + j) + load(gain + j) * y);
        }
}

// dv from the slopes of gain * y, with y and the scales; gain is padded with zeros.
static void normalise_back(float *dv, const float *slopes, const float *gain, const float *y,
                           const float *scale, Index count, const Shape &s) {
    const float size = static_cast<float>(s.H);
    float mean[MOST], along[MOST];
    for (Index k = 0; k < count; ++k) {
        Vector total{}, product{};
        for (Index i = k * s.Hp, j = 0; j < s.Hp; j += W, i += W) {
            const Vector dy = inside(load(slopes + i) * load(gain + i), j, s.H);
            store(dv + i, dy);  // rounded once: dy - mean(dy) is 0 where all are alike
            total += dy;
            product += dy * load(y + i);
        }
        mean[k] = sum(total) / size, along[k] = sum(product) / size;
    }
    for (Index k = 0; k < count; ++k)
        for (Index i = k * s.Hp, j = 0; j < s.Hp; j += W, i += W)
            store(dv + i, inside((load(dv + i) - mean[k] - load(y + i) * along[k]) * scale[k], j, s.H));
}

}  // namespace saiki::SAIKI_LEVEL
