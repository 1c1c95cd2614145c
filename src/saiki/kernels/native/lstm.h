// c' = f c + i g, h' = o s(c'); a gate that the stage lacks is 1; s is tanh or the identity, behind
// a layer normalisation of c' where there is one. Peepholes: i and f see c, o sees c'.
// Back, e the loss by h' and d the loss by c':
//   of o = e s(c') o (1 - o)    d = d + e o s'(c') + (of o) p_o
//   of i = d g i (1 - i)    of f = d c f (1 - f)    of g = d i (1 - g^2)
//   carried to c: d f + (of i) p_i + (of f) p_f
#pragma once
#include "backward.h"
#include "forward.h"
#include "functions.h"

namespace saiki::SAIKI_LEVEL {

template <Stage stage>
struct Lstm {
    static constexpr bool has_gates = stage != Stage::carousel;
    static constexpr bool has_forget = stage == Stage::forget_gate;
    // Slots of the sums, and places of the peepholes.
    static constexpr Index F = 1, G = !has_gates ? 0 : has_forget ? 2 : 1, O = G + 1, PO = G;

    INLINE Vector gate(float *sums, const float *peephole, Vector c) {
        const Vector a = load(sums), open = sigmoid(peephole ? a + load(peephole) * c : a);
        store(sums, open);
        return open;
    }

    INLINE const float *peep(const float *peephole, Index at) {
        return peephole ? peephole + at : nullptr;
    }

    static void step(const Forward &f) {
        f.recur(0, f.s.recurrent, f.operand);
        for (Index r = f.me.id; r < f.live; r += f.me.members) {
            advance(f, f.sums(r), f.c + r * f.s.Hp, f.h + r * f.s.Hp);
            if (f.saved.normed_cell) show_normed(f, r);
            f.finish(r);
        }
    }

    static void advance(const Forward &f, float *sums, float *c, float *h) {
        const Index Hp = f.s.Hp;
        const float *p = f.padded.peephole;
        for (Index j = 0; j < Hp; j += W) {
            const Vector before = load(c + j), g = tanh(load(sums + G * Hp + j));
            store(sums + G * Hp + j, g);
            Vector now = g;
            if (has_gates) now = g * gate(sums + j, peep(p, j), before);
            now += has_forget ? before * gate(sums + F * Hp + j, peep(p, Hp + j), before) : before;
            store(c + j, now);
            Vector shown = f.p.activation == Activation::tanh ? tanh(now) : now;
            if (has_gates) shown *= gate(sums + O * Hp + j, peep(p, PO * Hp + j), now);
            store(h + j, shown);
        }
    }

    static void show_normed(const Forward &f, Index r) {
        const Index Hp = f.s.Hp, row = f.kept_row(r);
        float *y = f.saved.normed_cell + row * Hp, *h = f.h + r * Hp;
        const float *open = f.sums(r) + O * Hp;
        std::memcpy(y, f.c + r * Hp, Hp * sizeof(float));
        normalise(y, 1, f.saved.scale_cell + row, f.s);
        for (Index j = 0; j < Hp; j += W) {
            const Vector shown = cell_shown(f.p, f.padded, y + j, j);
            store(h + j, has_gates ? shown * load(open + j) : shown);
        }
    }

    // s of the cell state, `cell` being the state or its normalised values.
    INLINE Vector cell_shown(const Problem &p, const Padded &padded, const float *cell, Index j) {
        Vector c = load(cell);
        if (padded.gain_cell) c = c * load(padded.gain_cell + j) + load(padded.shift_cell + j);
        return p.activation == Activation::tanh ? tanh(c) : c;
    }

    static void step_back(const Backward &b) {
        const Index Hp = b.s.Hp;
        for (Index r = b.me.id; r < b.live; r += b.me.members) {
            const bool is_normed = b.saved.normed_cell;
            const Index row = b.first + r;
            float *e = b.dh + r * Hp, *d = b.dc + r * Hp, *slope = b.slope(r);
            float *of_cell = is_normed ? b.cell_slopes + (row - b.base) * Hp : e;
            const float *seen = is_normed ? b.saved.normed_cell + row * Hp : b.cell(r);
            const float *dy = b.arriving(r);
            for (Index j = 0; j < Hp; j += W)
                through_output(b, load(e + j) + load(dy + j), b.sums(r) + j, seen + j, slope + j, of_cell + j, j);
            if (is_normed)
                normalise_back(e, of_cell, b.padded.gain_cell, seen, b.saved.scale_cell + row, 1, b.s);
            const float *c = b.cell_before(r);
            for (Index j = 0; j < Hp; j += W)
                through_cell(b, load(e + j), b.sums(r) + j, load(c + j), d + j, slope + j, j);
        }
        b.recur(0, b.s.recurrent, b.dh, false);
    }

    static void through_output(const Backward &b, Vector e, const float *sums, const float *seen,
                               float *slope, float *of_cell, Index j) {
        const Vector shown = cell_shown(b.p, b.padded, seen, j);
        if (has_gates) {
            const Vector o = load(sums + O * b.s.Hp);
            store(slope + O * b.s.Hp, e * shown * o * (1.0f - o));
            e *= o;
        }
        store(of_cell, b.p.activation == Activation::tanh ? e * (1.0f - shown * shown) : e);
    }

    static void through_cell(const Backward &b, Vector d, const float *sums, Vector before,
                             float *dc, float *slope, Index j) {
        const Index Hp = b.s.Hp;
        const float *p = b.padded.peephole;
        d += load(dc);
        if (p) d += load(slope + O * Hp) * load(p + PO * Hp + j);
        const Vector g = load(sums + G * Hp);
        const Vector i = has_gates ? load(sums) : all(1.0f);
        const Vector f = has_forget ? load(sums + F * Hp) : all(1.0f);
        const Vector of_i = d * g * i * (1.0f - i), of_f = d * before * f * (1.0f - f);
        Vector carried = d * f;
        if (has_gates) store(slope, of_i);
        if (has_forget) store(slope + F * Hp, of_f);
        if (p) carried += of_i * load(p + j);
        if (p && has_forget) carried += of_f * load(p + Hp + j);
        store(slope + G * Hp, d * i * (1.0f - g * g));
        store(dc, carried);
    }
};

}  // namespace saiki::SAIKI_LEVEL
