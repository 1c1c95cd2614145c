// The end of the way back: gradients by slot, padded, to torch's layout.
#pragma once
#include "gradients.h"

namespace saiki::SAIKI_LEVEL {

static void give_matrix(float *to, const float *from, Index rows, Index columns, Index padded,
                        const Member &me) {
    const Range mine = share(rows, 1, me.id, me.members);
    for (Index k = mine.begin; k < mine.end && to; ++k)
        std::memcpy(to + k * columns, from + k * padded, columns * sizeof(float));
}

static void give_gradients(const Backward &b) {
    const Shape &s = b.s;
    const auto &to = b.p.gradients;
    const Index gates = b.p.stage == Stage::input_output_gates ? 2 : 3;
    give_matrix(to.weight_ih, b.dw, s.inputs * s.H, s.I, s.Ip, b.me);
    give_matrix(to.weight_hh, b.du, s.recurrent * s.H, s.H, s.Hp, b.me);
    if (b.me.id != 0) return;
    const Member alone{0, 1, nullptr};
    for (Index k = 0; k < s.inputs; ++k) {
        const Index in = s.input_gate(k) * s.H, rec = s.recurrent_gate(k) * s.H;
        const Index recurrent = b.rec() + k;
        const auto give = [&](float *given, Index at, const float *from) {
            give_matrix(given ? given + at : nullptr, from, 1, s.H, s.Hp, alone);
        };
        give(to.bias_ih, in, b.dbias + k * s.Hp);
        give(to.bias_hh, rec, b.dbias + recurrent * s.Hp);
        give(to.norm_ih, in, b.dgain_in + k * s.Hp);
        give(to.norm_hh, rec, b.dgain_rec + k * s.Hp);
    }
    give_matrix(to.peephole, b.dpeephole, gates, s.H, s.Hp, alone);
    give_matrix(to.norm_cell, b.dgain_cell, 1, s.H, s.Hp, alone);
    give_matrix(to.norm_cell_bias, b.dshift_cell, 1, s.H, s.Hp, alone);
}

}  // namespace saiki::SAIKI_LEVEL
