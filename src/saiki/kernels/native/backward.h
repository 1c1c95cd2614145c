// The way back through time. A cell's slopes (the loss by its sums) are kept for a chunk of steps
// only; then each weight's gradient over the chunk is one product (gradients.h).
#pragma once
#include "norm.h"
#include "pack.h"

namespace saiki::SAIKI_LEVEL {

struct Backward {
    const Problem &p;
    const Member &me;
    const Shape s;
    Arena kept, work;
    const bool by_rows;
    const Padded padded;
    const Saved saved;
    const Index rows;  // that a chunk may have
    float *const w, *const u, *const first_h, *const first_c, *const dh, *const dc, *const back;
    float *const slopes, *const rec_slopes, *const cell_slopes, *const scratch;
    float *const inputs, *const states, *const resets, *const dx;
    float *const dw, *const du, *const dbias, *const dpeephole, *const dgain_in, *const dgain_rec;
    float *const dgain_cell, *const dshift_cell;
    Index t = 0, live = 0, first = 0, base = 0;

    Backward(const Problem &problem, const Member &member)
        : p(problem), me(member), s(p), kept(p.saved), work(p.work),
          by_rows(s.B >= 2 * TILE_ROWS / 3 * me.members), padded(work, s, p),
          saved(kept, s, p.rows.offset[p.steps], true), rows(BACKWARD_ROWS + s.B),
          w(work.take(s.inputs * s.H * s.Ip)), u(work.take(s.recurrent * s.H * s.Hp)),
          first_h(work.take(s.B * s.Hp)), first_c(work.take(s.B * s.Hp, s.is_lstm)),
          dh(work.take(s.B * s.Hp)), dc(work.take(s.B * s.Hp, s.is_lstm)),
          back(work.take(s.B * s.Hp)), slopes(work.take(rows * s.slope_row())),
          rec_slopes(s.is_normed ? work.take(rows * s.slope_row()) : slopes),
          cell_slopes(work.take(rows * s.Hp, s.is_normed && s.is_lstm)),
          scratch(work.take(s.Hp * p.threads)), inputs(work.take(rows * s.Ip)),
          states(work.take(rows * s.Hp)),
          resets(work.take(rows * s.Hp, p.cell == Cell::gru_before)), dx(work.take(rows * s.Ip)),
          dw(work.take(s.inputs * s.H * s.Ip)), du(work.take(s.recurrent * s.H * s.Hp)),
          dbias(work.take(s.row())), dpeephole(work.take(3 * s.Hp)),
          dgain_in(work.take(s.inputs * s.Hp)), dgain_rec(work.take(s.recurrent * s.Hp)),
          dgain_cell(work.take(s.Hp)), dshift_cell(work.take(s.Hp)) {}

    Index time(Index step) const { return p.reverse ? p.steps - 1 - step : step; }
    Index rec() const { return s.first_recurrent(); }
    const float *sums(Index r) const { return saved.sums + (first + r) * s.row(); }
    const float *state(Index r) const { return saved.h + (first + r) * s.Hp; }
    const float *cell(Index r) const { return saved.c + (first + r) * s.Hp; }
    float *slope(Index r) const { return slopes + (first - base + r) * s.slope_row(); }

    // The row of `kept`, or of `given` where the sequence begins, that step t started row r from.
    const float *before(Index t, Index r, const float *kept, const float *given) const {
        const Index from = p.reverse ? t + 1 : t - 1;
        if (from < 0 || from >= p.steps || r >= p.rows.live[from]) return given + r * s.Hp;
        return kept + (p.rows.offset[from] + r) * s.Hp;
    }
    const float *state_before(Index r) const { return before(t, r, saved.h, first_h); }
    const float *cell_before(Index r) const { return before(t, r, saved.c, first_c); }

    // The gradient that reaches a row's output at this step, padded.
    const float *arriving(Index r) const {
        const float *dy = p.dy.at(t, p.rows.order[r]);
        if (s.H == s.Hp) return dy;
        float *own = scratch + me.id * s.Hp;
        copy_row(own, dy, s.H, s.Hp);
        return own;
    }

    void begin() const {
        if (me.id == 0) padded.fill(s, p);
        const Index lone = p.cell == Cell::gru_before ? 1 : 0;
        if (lone) pack_straight(u, p.weights.weight_hh, s.H, recurrent_slots(s, 0, 1), s, me);
        pack_straight(u + lone * s.H * s.Hp, p.weights.weight_hh, s.H,
                      recurrent_slots(s, lone, s.recurrent - lone), s, me);
        if (p.dx.data) pack_straight(w, p.weights.weight_ih, s.I, input_slots(s), s, me);
        for (Index r = me.id; r < s.B; r += me.members) {
            const Index b = p.rows.order[r] * s.H, own = r * s.Hp;
            copy_row(first_h + own, p.first_h + b, s.H, s.Hp);
            copy_row(dh + own, p.dlast_h + b, s.H, s.Hp);
            if (s.is_lstm) copy_row(first_c + own, p.first_c + b, s.H, s.Hp);
            if (s.is_lstm) copy_row(dc + own, p.dlast_c + b, s.H, s.Hp);
            for (Index k = p.rows.length[r]; k < p.steps && p.dx.data && !p.adds; ++k)
                fill_row(p.dx.at(k, p.rows.order[r]), s.I);
        }
    }

    void together() const {
        if (!by_rows) me.wait();
    }

    // to = (to, or zero) + slopes U over `count` recurrent slots from the begin-th on. What goes to
    // the state passes through its mask.
    void recur(Index begin, Index count, float *to, bool adds) const {
        together();
        for (Index r = me.id; r < live && s.is_normed; r += me.members) {
            const Index at = (first + r) * s.recurrent + begin, place = (rec() + begin) * s.Hp;
            normalise_back(rec_slopes + (slope(r) - slopes) + place, slope(r) + place,
                           padded.gain_rec + begin * s.Hp, saved.normed_rec + at * s.Hp,
                           saved.scale_rec + at, count, s);
        }
        if (s.is_normed) together();
        const Right b{u + begin * s.H * s.Hp, count * s.H, s.Hp};
        const Index skip = by_rows ? me.id : 0, every = by_rows ? me.members : 1;
        const Index own = (live - skip + every - 1) / every;
        const Left a{rec_slopes + (slope(skip) - slopes) + (rec() + begin) * s.Hp,
                     every * s.slope_row(), 1, count, s.Hp, s.H};
        const Range panels = by_rows ? Range{0, b.panels()} : share(b.panels(), 1, me.id, me.members);
        const bool is_masked = p.mask && to == dh;
        float *c = (is_masked ? back : to) + skip * s.Hp;
        product(a, own, b, panels, {adds && !is_masked ? c : nullptr, every * s.Hp}, c, every * s.Hp);
        together();
        for (Index r = me.id; r < live && is_masked; r += me.members)
            for (Index j = r * s.Hp; j < (r + 1) * s.Hp; j += W) {
                const Vector through = load(back + j) * load(padded.mask + j);
                store(to + j, adds ? load(to + j) + through : through);
            }
    }

    void end() const {
        for (Index r = me.id; r < s.B; r += me.members) {
            const Index b = p.rows.order[r] * s.H;
            std::memcpy(p.dfirst_h + b, dh + r * s.Hp, s.H * sizeof(float));
            if (s.is_lstm) std::memcpy(p.dfirst_c + b, dc + r * s.Hp, s.H * sizeof(float));
        }
    }
};

}  // namespace saiki::SAIKI_LEVEL
