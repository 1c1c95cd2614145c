// Vectors of floats as wide as the instruction level has them. Compiler extensions, no intrinsics.
// Everything here lies in a namespace of its level: no code is shared between levels by accident.
#pragma once
#include <cstring>

#include "problem.h"

#define INLINE static inline __attribute__((always_inline))

namespace saiki::SAIKI_LEVEL {

typedef float Vector __attribute__((vector_size(SAIKI_BYTES)));
typedef std::int32_t Bits __attribute__((vector_size(SAIKI_BYTES)));

constexpr Index W = SAIKI_BYTES / 4;

constexpr Index round_up(Index n, Index unit = W) { return (n + unit - 1) / unit * unit; }
constexpr Index smaller(Index a, Index b) { return a < b ? a : b; }

INLINE Vector all(float x) { return x - Vector{}; }

INLINE Vector load(const float *p) {
    Vector v;
    std::memcpy(&v, p, sizeof v);
    return v;
}

INLINE void store(float *p, Vector v) { std::memcpy(p, &v, sizeof v); }

INLINE Bits bits(Vector v) { return (Bits)v; }

INLINE Vector floats(Bits v) { return (Vector)v; }

INLINE Vector select(Bits mask, Vector a, Vector b) { return mask ? a : b; }

// The sum of a vector's numbers, half upon half; every place holds it in the end.
INLINE float sum(Vector v) {
#if SAIKI_BYTES == 64
    v += __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
    v += __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
    v += __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
    v += __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
#elif SAIKI_BYTES == 32
    v += __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3);
    v += __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5);
    v += __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6);
#else
    v += __builtin_shufflevector(v, v, 2, 3, 0, 1);
    v += __builtin_shufflevector(v, v, 1, 0, 3, 2);
#endif
    return v[0];
}

// Copies n floats and fills with zeros up to the padded end.
INLINE void copy_row(float *to, const float *from, Index n, Index padded) {
    std::memcpy(to, from, n * sizeof(float));
    for (Index k = n; k < padded; ++k) to[k] = 0;
}

INLINE void fill_row(float *to, Index n) { std::memset(to, 0, n * sizeof(float)); }

// The part of `count` items that member `id` of `members` works on, in whole `unit`s.
struct Range {
    Index begin, end;
};

INLINE Range share(Index count, Index unit, int id, int members) {
    const Index units = (count + unit - 1) / unit;
    return {smaller(units * id / members * unit, count),
            smaller(units * (id + 1) / members * unit, count)};
}

}  // namespace saiki::SAIKI_LEVEL
