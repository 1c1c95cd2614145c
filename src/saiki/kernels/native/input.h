// Before the steps: packed weights, biases, and the inputs' part of the sums of a chunk of steps.
#pragma once
#include "forward.h"

namespace saiki::SAIKI_LEVEL {

static void fill_bias(const Forward &f) {
    const Shape &s = f.s;
    const Parameters<const float> &w = f.p.weights;
    fill_row(f.bias, s.row());
    for (Index k = 0; k < s.inputs && w.bias_ih; ++k) {
        const float *in = w.bias_ih + s.input_gate(k) * s.H;
        const float *rec = w.bias_hh + s.recurrent_gate(k) * s.H;
        float *of_in = f.bias + k * s.Hp, *of_rec = f.bias + (s.first_recurrent() + k) * s.Hp;
        for (Index j = 0; j < s.H; ++j) of_in[j] += in[j], of_rec[j] += rec[j];
    }
}

static void pack_weights(const Forward &f) {
    const Shape &s = f.s;
    const Problem &p = f.p;
    const Member &me = f.me;
    if (me.id == 0) {
        f.padded.fill(s, p);
        fill_bias(f);
    }
    pack_transposed(f.w, p.weights.weight_ih, s.I, input_slots(s), s, me);
    const bool is_split = p.cell == Cell::gru_before;  // n in a product of its own
    const Index lone = is_split ? 1 : 0;
    if (is_split)
        pack_transposed(f.u, p.weights.weight_hh, s.H, recurrent_slots(s, 0, 1), s, me);
    pack_transposed(f.u + lone * s.H * s.Hp, p.weights.weight_hh, s.H,
                    recurrent_slots(s, lone, s.recurrent - lone), s, me);
}

// The inputs' part of the sums of the steps [begin, end), all of whose rows lie together.
static void project(Forward &f, Index begin, Index end) {
    const Shape &s = f.s;
    const Problem &p = f.p;
    const Index low = p.reverse ? f.time(end - 1) : begin, high = p.reverse ? f.time(begin) : end - 1;
    const Index start = p.rows.offset[low], rows = p.rows.offset[high + 1] - start;
    f.base = p.training ? 0 : start;
    const Range mine = share(rows, TILE_ROWS, f.me.id, f.me.members);
    for (Index t = low, k = 0; t <= high; ++t)
        for (Index r = 0; r < p.rows.live[t]; ++r, ++k)
            if (k >= mine.begin && k < mine.end)
                std::memcpy(f.x + k * s.I, p.x.at(t, p.rows.order[r]), s.I * sizeof(float));
    const Index from = start - f.base + mine.begin, count = mine.end - mine.begin;
    float *sums = f.saved.sums + from * s.row();
    const Index wide = s.inputs * s.Hp;
    const Right b{f.w, s.I, wide};
    const Left a{f.x + mine.begin * s.I, s.I, 1, 1, 0, s.I};
    if (!s.is_normed)
        product(a, count, b, {0, b.panels()}, {f.bias, 0}, sums, s.row());
    else
        product(a, count, b, {0, b.panels()}, {}, f.saved.normed_in + from * wide, wide);
    for (Index r = 0; r < count; ++r, sums += s.row()) {
        if (s.is_normed) {
            float *y = f.saved.normed_in + (from + r) * wide;
            float *scale = f.saved.scale_in + (from + r) * s.inputs;
            normalise(y, s.inputs, scale, s, sums, f.bias, f.padded.gain_in);
        }
        std::memcpy(sums + wide, f.bias + wide, (s.row() - wide) * sizeof(float));
    }
}

}  // namespace saiki::SAIKI_LEVEL
