// The way forward through time: what a cell needs to take all rows through one step.
#pragma once
#include "norm.h"
#include "pack.h"

namespace saiki::SAIKI_LEVEL {

struct Forward {
    const Problem &p;
    const Member &me;
    const Shape s;
    Arena kept, work;
    const bool by_rows;  // each member takes its own sequences, else its own panels of a product
    const Padded padded;
    float *const w, *const u, *const bias, *const x, *const h, *const c, *const operand, *const reset;
    const Saved saved;
    Index t = 0, live = 0, first = 0, base = 0;  // the step, its rows, where its buffers begin

    Forward(const Problem &problem, const Member &member)
        : p(problem), me(member), s(p), kept(p.saved), work(p.work),
          by_rows(s.B >= 2 * TILE_ROWS / 3 * me.members), padded(work, s, p),
          w(work.take(s.I * s.inputs * s.Hp)), u(work.take(s.H * s.recurrent * s.Hp)),
          bias(work.take(s.row())), x(work.take((FORWARD_ROWS + s.B) * s.I)),
          h(work.take(s.B * s.Hp)), c(work.take(s.B * s.Hp, s.is_lstm)),
          operand(p.mask ? work.take(s.B * s.Hp) : h),
          reset(work.take(s.B * s.Hp, p.cell == Cell::gru_before)),
          saved(p.training ? kept : work, s, p.training ? p.rows.offset[p.steps] : FORWARD_ROWS + s.B,
                p.training) {}

    Index row(Index r) const { return first - base + r; }
    float *sums(Index r) const { return saved.sums + row(r) * s.row(); }
    // Per-step buffers of layer normalisation: one row for each real step, or for each sequence.
    Index kept_row(Index r) const { return p.training ? first + r : r; }
    Index time(Index step) const { return p.reverse ? p.steps - 1 - step : step; }

    void begin() const {
        for (Index r = me.id; r < s.B; r += me.members) {
            const Index b = p.rows.order[r];
            copy_row(h + r * s.Hp, p.first_h + b * s.H, s.H, s.Hp);
            if (s.is_lstm) copy_row(c + r * s.Hp, p.first_c + b * s.H, s.H, s.Hp);
            mask_row(r);
            for (Index k = p.rows.length[r]; k < p.steps; ++k) fill_row(p.y.at(k, b), s.H);
        }
    }

    void mask_row(Index r) const {
        for (Index j = r * s.Hp; p.mask && j < (r + 1) * s.Hp; j += W)
            store(operand + j, load(h + j) * load(padded.mask + j));
    }

    // Adds `count` slots, from the first-th recurrent one on, of the state's part to the sums.
    void recur(Index begin, Index count, const float *from) const {
        const Right b{u + begin * s.H * s.Hp, s.H, count * s.Hp};
        const Index skip = by_rows ? me.id : 0, every = by_rows ? me.members : 1;
        const Index rows = (live - skip + every - 1) / every, wide = s.recurrent * s.Hp;
        const Left a{from + skip * s.Hp, every * s.Hp, 1, 1, 0, s.H};
        const Range panels = by_rows ? Range{0, b.panels()} : share(b.panels(), 1, me.id, me.members);
        float *to = sums(skip) + (s.first_recurrent() + begin) * s.Hp;
        Index stride = every * s.row();
        if (s.is_normed)
            to = saved.normed_rec + kept_row(skip) * wide + begin * s.Hp, stride = every * wide;
        product(a, rows, b, panels, {s.is_normed ? nullptr : to, stride}, to, stride);
        together();
        for (Index r = me.id; r < live && s.is_normed; r += me.members) {
            float *y = saved.normed_rec + kept_row(r) * wide + begin * s.Hp;
            float *scale = saved.scale_rec + kept_row(r) * s.recurrent + begin;
            float *to = sums(r) + (s.first_recurrent() + begin) * s.Hp;
            normalise(y, count, scale, s, to, to, padded.gain_rec + begin * s.Hp);
        }
    }

    void together() const {
        if (!by_rows) me.wait();
    }

    // The new state of a row has been written: shows it and keeps it.
    void finish(Index r) const {
        mask_row(r);
        std::memcpy(p.y.at(t, p.rows.order[r]), h + r * s.Hp, s.H * sizeof(float));
        if (saved.h) std::memcpy(saved.h + (first + r) * s.Hp, h + r * s.Hp, s.Hp * sizeof(float));
        if (saved.c) std::memcpy(saved.c + (first + r) * s.Hp, c + r * s.Hp, s.Hp * sizeof(float));
    }

    void end() const {
        for (Index r = me.id; r < s.B; r += me.members) {
            const Index b = p.rows.order[r];
            std::memcpy(p.last_h + b * s.H, h + r * s.Hp, s.H * sizeof(float));
            if (s.is_lstm) std::memcpy(p.last_c + b * s.H, c + r * s.Hp, s.H * sizeof(float));
        }
    }
};

}  // namespace saiki::SAIKI_LEVEL
