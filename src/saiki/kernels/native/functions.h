// exp, sigmoid and tanh within 2 units in the last place for every float; NaN and infinity travel.
// README.md, "Functions", has the derivation.
#pragma once
#include "vector.h"

namespace saiki::SAIKI_LEVEL {

struct Reduced {
    Bits power;    // n
    Vector expm1;  // e^r - 1, where x = n ln 2 + r
};

INLINE Reduced reduce(Vector x) {
    constexpr float round = 0x1.8p23f;
    const Vector shifted = x * 0x1.715476p0f + round;
    const Vector n = shifted - round;
    const Vector r = (x - n * 0x1.63p-1f) - n * -0x1.bd0106p-13f;
    Vector q = all(0x1.a032c4p-13f);
    q = q * r + 0x1.6d723ep-10f;
    q = q * r + 0x1.11118ap-7f;
    q = q * r + 0x1.5554bp-5f;
    q = q * r + 0x1.555554p-3f;
    q = q * r + 0.5f;
    return {bits(shifted) - bits(all(round)), r + r * r * q};
}

INLINE Vector power_of_two(Bits n) { return floats((n + 127) << 23); }

INLINE Vector exp(Vector x) {
    x = select(x > 89.0f, all(89.0f), x);  // overflows to infinity, as it should
    x = select(x < -105.0f, all(-105.0f), x);
    const Reduced e = reduce(x);
    const Bits half = e.power >> 1;  // in two steps, so that subnormal results round once
    return (e.expm1 + 1.0f) * power_of_two(half) * power_of_two(e.power - half);
}

INLINE Vector absolute(Vector x) { return floats(bits(x) & 0x7fffffff); }

INLINE Vector sigmoid(Vector x) {
    const Vector small = exp(-absolute(x));
    return select(x >= 0.0f, all(1.0f), small) / (1.0f + small);
}

INLINE Vector tanh(Vector x) {
    Vector a = absolute(x);
    a = select(a > 10.0f, all(10.0f), a);
    const Reduced e = reduce(a + a);
    const Vector scale = power_of_two(e.power);
    const Vector p = scale * e.expm1 + (scale - 1.0f);  // e^(2|x|) - 1
    return floats(bits(p / (p + 2.0f)) | (bits(x) & INT32_MIN));
}

INLINE Vector activate(Activation f, Vector x) {
    switch (f) {
        case Activation::leaky_relu: return select(x > 0.0f, x, x * 0.01f);
        case Activation::relu: return select(x <= 0.0f, Vector{}, x);  // keeps NaN
        case Activation::sigmoid: return sigmoid(x);
        case Activation::step: return select(x > 0.0f, all(1.0f), Vector{});
        case Activation::swish: return x * sigmoid(x);
        case Activation::tanh: return tanh(x);
        default: return x;  // softmax needs the whole row: see rnn.h
    }
}

// f'(a) from a and h = f(a).
INLINE Vector slope(Activation f, Vector a, Vector h) {
    switch (f) {
        case Activation::leaky_relu: return select(a > 0.0f, all(1.0f), all(0.01f));
        case Activation::relu: return select(a <= 0.0f, Vector{}, all(1.0f));
        case Activation::sigmoid: return h * (1.0f - h);
        case Activation::step: return Vector{};
        case Activation::swish: {
            const Vector s = sigmoid(a);
            return s * (1.0f + a * (1.0f - s));
        }
        case Activation::tanh: return 1.0f - h * h;
        default: return all(1.0f);
    }
}

}  // namespace saiki::SAIKI_LEVEL
