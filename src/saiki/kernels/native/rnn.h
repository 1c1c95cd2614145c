// h' = f(a), a = W x + U h + b. Back: slope = f'(a) e, e the loss by h'.
#pragma once
#include "backward.h"
#include "forward.h"
#include "functions.h"

namespace saiki::SAIKI_LEVEL {

static void softmax(float *h, const float *a, const Shape &s) {
    float top = a[0], total = 0;
    for (Index j = 1; j < s.H; ++j) top = a[j] > top ? a[j] : top;
    for (Index j = 0; j < s.Hp; j += W) store(h + j, inside(exp(load(a + j) - top), j, s.H));
    for (Index j = 0; j < s.Hp; j += W) total += sum(load(h + j));
    for (Index j = 0; j < s.Hp; j += W) store(h + j, load(h + j) / total);
}

static void softmax_back(float *slope, const float *h, const float *e, const Shape &s) {
    Vector along{};
    for (Index j = 0; j < s.Hp; j += W) along += inside(load(h + j) * load(e + j), j, s.H);
    const float mean = sum(along);
    for (Index j = 0; j < s.Hp; j += W) store(slope + j, load(h + j) * (load(e + j) - mean));
}

struct Rnn {
    static void step(const Forward &f) {
        f.recur(0, 1, f.operand);
        for (Index r = f.me.id; r < f.live; r += f.me.members) {
            const float *a = f.sums(r);
            float *h = f.h + r * f.s.Hp;
            if (f.p.activation == Activation::softmax) softmax(h, a, f.s);
            else
                for (Index j = 0; j < f.s.Hp; j += W)
                    store(h + j, activate(f.p.activation, load(a + j)));
            f.finish(r);
        }
    }

    static void step_back(const Backward &b) {
        for (Index r = b.me.id; r < b.live; r += b.me.members) {
            const float *dy = b.arriving(r), *a = b.sums(r), *h = b.state(r);
            float *e = b.dh + r * b.s.Hp, *slope = b.slope(r);
            for (Index j = 0; j < b.s.Hp; j += W) {
                const Vector now = load(e + j) + load(dy + j);
                store(e + j, now);
                store(slope + j, now * saiki::SAIKI_LEVEL::slope(b.p.activation, load(a + j), load(h + j)));
            }
            if (b.p.activation == Activation::softmax) softmax_back(slope, h, e, b.s);
        }
        b.recur(0, 1, b.dh, false);
    }
};

}  // namespace saiki::SAIKI_LEVEL
