// r, z = sigmoid(W x + U h + b); h' = (1 - z) n + z h, and with the reset gate
//   after:  n = tanh(W_n x + b_in + r u), u = U_n h + b_hn     slots n r z u
//   before: n = tanh(W_n x + b_n + U_n (r h))                  slots n r z
// Back, e the loss by h':
//   of n = e (1 - z) (1 - n^2)    of z = e (h - n) z (1 - z)    carried to h: e z
//   after:  of r = (of n) u r (1 - r), of u = (of n) r
//   before: of r = d h r (1 - r), and h gets d r, where d = (of n) U_n
#pragma once
#include "backward.h"
#include "forward.h"
#include "functions.h"

namespace saiki::SAIKI_LEVEL {

template <bool is_after>
struct Gru {
    static void step(const Forward &f) {
        const Index Hp = f.s.Hp;
        if (is_after) f.recur(0, 3, f.operand);
        else {
            f.recur(1, 2, f.operand);
            for (Index r = f.me.id; r < f.live; r += f.me.members) {
                float *gate = f.sums(r) + Hp;
                for (Index j = 0; j < Hp; j += W) {
                    const Vector open = sigmoid(load(gate + j));
                    store(gate + j, open);
                    store(f.reset + r * Hp + j, open * load(f.operand + r * Hp + j));
                }
            }
            f.together();
            f.recur(0, 1, f.reset);
        }
        for (Index r = f.me.id; r < f.live; r += f.me.members) {
            float *n = f.sums(r), *h = f.h + r * Hp;
            for (Index j = 0; j < Hp; j += W) advance(n + j, h + j, Hp);
            f.finish(r);
        }
    }

    INLINE void advance(float *sums, float *h, Index Hp) {
        Vector n = load(sums);
        if (is_after) {
            const Vector r = sigmoid(load(sums + Hp));
            store(sums + Hp, r);
            n += r * load(sums + 3 * Hp);
        }
        const Vector z = sigmoid(load(sums + 2 * Hp));
        n = tanh(n);
        store(sums, n);
        store(sums + 2 * Hp, z);
        store(h, n + z * (load(h) - n));
    }

    static void step_back(const Backward &b) {
        const Index Hp = b.s.Hp;
        for (Index r = b.me.id; r < b.live; r += b.me.members) {
            const float *dy = b.arriving(r), *sums = b.sums(r), *h = b.state_before(r);
            float *e = b.dh + r * Hp, *slope = b.slope(r);
            for (Index j = 0; j < Hp; j += W) retreat(e + j, load(dy + j), sums + j, load(h + j), slope + j, Hp);
        }
        if (is_after) return b.recur(0, 3, b.dh, true);
        b.recur(0, 1, b.back, false);
        for (Index r = b.me.id; r < b.live; r += b.me.members) {
            const float *reset = b.sums(r) + Hp, *h = b.state_before(r), *back = b.back + r * Hp;
            const float *mask = b.p.mask ? b.padded.mask + r * Hp : nullptr;
            float *e = b.dh + r * Hp, *slope = b.slope(r) + Hp;
            for (Index j = 0; j < Hp; j += W) {
                const Vector open = load(reset + j);
                const Vector d = mask ? load(back + j) * load(mask + j) : load(back + j);
                store(slope + j, d * load(h + j) * open * (1.0f - open));
                store(e + j, load(e + j) + d * open);
            }
        }
        b.recur(1, 2, b.dh, true);
    }

    INLINE void retreat(float *e, Vector dy, const float *sums, Vector h, float *slope, Index Hp) {
        const Vector now = load(e) + dy;
        const Vector n = load(sums), z = load(sums + 2 * Hp);
        const Vector of_n = now * (1.0f - z) * (1.0f - n * n);
        store(slope, of_n);
        store(slope + 2 * Hp, now * (h - n) * z * (1.0f - z));
        store(e, now * z);
        if (is_after) {
            const Vector r = load(sums + Hp);
            store(slope + Hp, of_n * load(sums + 3 * Hp) * r * (1.0f - r));
            store(slope + 3 * Hp, of_n * r);
        }
    }
};

}  // namespace saiki::SAIKI_LEVEL
