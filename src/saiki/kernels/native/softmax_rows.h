// Row by row: -ln p_k of the target k in nats, p = softmax(a), and p - onehot(k) in place of a.
// README.md, "The softmax over a vocabulary".
#pragma once
#include <cmath>
#include <limits>

#include "functions.h"
#include "softmax.h"
#include "team.h"

namespace saiki::SAIKI_LEVEL {

typedef std::uint32_t Words __attribute__((vector_size(SAIKI_BYTES)));
typedef std::uint16_t Halves __attribute__((vector_size(SAIKI_BYTES / 2)));

struct Bf16 {  // the upper half of a float
    std::uint16_t bits;
};

constexpr int UNROLLED = 4;  // vectors at a time
constexpr Index GROUP = UNROLLED * W;
constexpr Index SUMMED = 16 * GROUP;  // numbers that are added as floats before a double takes over
constexpr float LEAST = -std::numeric_limits<float>::infinity();

INLINE Vector read(const float *p) { return load(p); }

INLINE Vector read(const Bf16 *p) {
    Halves upper;
    std::memcpy(&upper, p, sizeof upper);
    return (Vector)(__builtin_convertvector(upper, Words) << 16);
}

INLINE void write(float *p, Vector v) { store(p, v); }

// Rounds to nearest, ties to even; a NaN whose last bits alone say so would round to infinity.
INLINE void write(Bf16 *p, Vector v) {
    const Words exact = (Words)v;
    const Words rounded = (exact + 0x7fff + (exact >> 16 & 1)) >> 16;
    const Words kept = v == v ? rounded : (exact >> 16 | 0x40);
    const Halves upper = __builtin_convertvector(kept, Halves);
    std::memcpy(p, &upper, sizeof upper);
}

INLINE Vector larger(Vector a, Vector b) { return select(a > b, a, b); }

// A vector of a row with its bias to `work`.
template <class Number>
INLINE Vector take(const Number *x, const float *bias, float *work) {
    Vector v = read(x);
    if (bias != nullptr) v += load(bias);
    store(work, v);
    return v;
}

// The row to `work`, filled up with minus infinity to whole vectors; its maximum, NaN overlooked.
template <class Number>
static float take_row(const Number *x, const float *bias, Index columns, float *work) {
    Vector top[UNROLLED] = {all(LEAST), all(LEAST), all(LEAST), all(LEAST)};
    const auto behind = [&](Index k) { return bias == nullptr ? nullptr : bias + k; };
    Index k = 0;
    for (; k + GROUP <= columns; k += GROUP)
        for (int j = 0; j < UNROLLED; ++j)
            top[j] = larger(take(x + k + j * W, behind(k + j * W), work + k + j * W), top[j]);
    for (; k + W <= columns; k += W) top[0] = larger(take(x + k, behind(k), work + k), top[0]);
    if (const Index rest = columns - k; rest > 0) {
        Number last[W];
        float more[W] = {};
        write(last, all(LEAST));
        for (Index i = 0; i < rest; ++i) last[i] = x[k + i];
        for (Index i = 0; i < rest && bias != nullptr; ++i) more[i] = bias[k + i];
        top[0] = larger(take(last, more, work + k), top[0]);
    }
    const Vector v = larger(larger(top[0], top[1]), larger(top[2], top[3]));
    float most = v[0];
    for (int i = 1; i < W; ++i) most = v[i] > most ? v[i] : most;
    return most;
}

INLINE Vector exponentiate(float *work, float most) {
    const Vector e = exp(load(work) - most);
    store(work, e);
    return e;
}

// e^(a - most) in place of a; their sum.
static double exponentiate_row(float *work, float most, Index columns) {
    double total = 0;
    for (Index k = 0; k < columns;) {
        Vector part[UNROLLED] = {};
        const Index end = smaller(k + SUMMED, columns);
        for (; k + GROUP <= end; k += GROUP)
            for (int j = 0; j < UNROLLED; ++j) part[j] += exponentiate(work + k + j * W, most);
        for (; k < end; k += W) part[0] += exponentiate(work + k, most);
        total += sum((part[0] + part[1]) + (part[2] + part[3]));
    }
    return total;
}

// softmax(a) - onehot(target) from the powers in `work`.
template <class Number>
static void give_row(float *work, float scale, Index target, Index columns, Number *x) {
    const Index whole = columns / W * W;
    const auto give = [&](Index k) {
        const Vector p = load(work + k) * scale;
        store(work + k, p);
        return p;
    };
    for (Index k = 0; k < whole; k += W) write(x + k, give(k));
    Number some[W];
    write(some, give(whole));
    for (Index k = whole; k < columns; ++k) x[k] = some[k - whole];
    work[target] -= 1;
    write(some, all(work[target]));
    x[target] = some[0];
}

static void add_row(const float *work, Index columns, float *sums) {
    for (Index k = 0; k < columns; ++k) sums[k] += work[k];
}

template <class Number>
static void softmax_rows(const Logits &l, const Range &rows, float *work) {
    for (Index r = rows.begin; r < rows.end; ++r) {
        Number *x = static_cast<Number *>(l.data) + r * l.row;
        const Index target = l.targets[r];
        const float most = take_row(x, l.bias, l.columns, work);
        const float chosen = work[target];
        const double total = exponentiate_row(work, most, l.columns);
        l.nats[r] = std::log(total) + (static_cast<double>(most) - chosen);
        if (l.writes) give_row(work, static_cast<float>(1 / total), target, l.columns, x);
        if (l.sums == nullptr) continue;
        float *sums = l.sums + r / SOFTMAX_BLOCK * l.columns;
        if (r % SOFTMAX_BLOCK == 0) std::memcpy(sums, work, l.columns * sizeof(float));
        else add_row(work, l.columns, sums);
    }
}

static void softmax_share(const void *what, const Member &member) {
    const Logits &l = *static_cast<const Logits *>(what);
    const Range rows = share(l.rows, SOFTMAX_BLOCK, member.id, member.members);
    float *work = l.work + member.id * softmax_work(l.columns);
    (l.is_bf16 ? softmax_rows<Bf16> : softmax_rows<float>)(l, rows, work);
}

}  // namespace saiki::SAIKI_LEVEL
