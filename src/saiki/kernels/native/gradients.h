// The gradients of a chunk: columns of slopes added up, and one product for each weight matrix.
// Every number is summed in the order of the rows by one member: results do not depend on threads.
#pragma once
#include "backward.h"

namespace saiki::SAIKI_LEVEL {

struct Gradients {
    const Backward &b;
    const Problem &p = b.p;
    const Shape &s = b.s;
    const Member &me = b.me;
    Index low, high, base, count;  // steps [low, high), their first packed row, how many rows
    bool is_first;

    template <class Do>
    void each_row(Do &&work) const {
        for (Index t = low, k = 0; t < high; ++t)
            for (Index r = 0; r < p.rows.live[t]; ++r, ++k) work(t, r, k);
    }

    // to[j] += sum over rows of slopes[row][j], times `by[row][j]` if given.
    void add_columns(float *to, const float *slopes, Index row, const float *by, Index by_row,
                     Index columns) const {
        const Range mine = share(columns, W, me.id, me.members);
        for (Index j = mine.begin; j < mine.end; j += W) {
            Vector total = is_first ? Vector{} : load(to + j);
            for (Index k = 0; k < count; ++k) {
                const Vector slope = load(slopes + k * row + j);
                total += by ? slope * load(by + k * by_row + j) : slope;
            }
            store(to + j, total);
        }
    }

    void of_vectors() const {
        const Index row = s.slope_row(), in = s.inputs * s.Hp, rec = s.recurrent * s.Hp;
        add_columns(b.dbias, b.slopes, row, nullptr, 0, s.row());
        if (s.is_normed) {
            add_columns(b.dgain_in, b.slopes, row, b.saved.normed_in + base * in, in, in);
            add_columns(b.dgain_rec, b.slopes + b.rec() * s.Hp, row,
                        b.saved.normed_rec + base * rec, rec, rec);
        }
        if (b.cell_slopes) {
            const float *normed = b.saved.normed_cell + base * s.Hp;
            add_columns(b.dgain_cell, b.cell_slopes, s.Hp, normed, s.Hp, s.Hp);
            add_columns(b.dshift_cell, b.cell_slopes, s.Hp, nullptr, 0, s.Hp);
        }
        if (b.padded.peephole) of_peepholes();
    }

    void of_peepholes() const {
        const Index last = s.slots == 4 ? 2 : 1;  // of i f o, or i o; o sees the new cell state
        add_columns(b.dpeephole + last * s.Hp, b.slopes + (s.slots - 1) * s.Hp, s.slope_row(),
                    b.saved.c + base * s.Hp, s.Hp, s.Hp);
        const Range mine = share(s.Hp, W, me.id, me.members);
        for (Index gate = 0; gate < last; ++gate) {
            float *to = b.dpeephole + gate * s.Hp;
            if (is_first) fill_row(to + mine.begin, mine.end - mine.begin);
            each_row([&](Index t, Index r, Index k) {
                const float *c = b.before(t, r, b.saved.c, b.first_c);
                const float *slope = b.slopes + k * s.slope_row() + gate * s.Hp;
                for (Index j = mine.begin; j < mine.end; j += W)
                    store(to + j, load(to + j) + load(slope + j) * load(c + j));
            });
        }
    }

    // Rows of x, h and r h as the right sides of products; of layer normalisation, slopes of x W^T.
    void prepare() const {
        const Range mine = share(count, 1, me.id, me.members);
        each_row([&](Index t, Index r, Index k) {
            if (k < mine.begin || k >= mine.end) return;
            float *slope = b.slopes + k * s.slope_row();
            const Index at = (base + k) * s.inputs;
            if (s.is_normed)
                normalise_back(slope, slope, b.padded.gain_in, b.saved.normed_in + at * s.Hp,
                               b.saved.scale_in + at, s.inputs, s);
            if (p.gradients.weight_ih) into_panels(b.inputs, p.x.at(t, p.rows.order[r]), s.I, k);
            if (!p.gradients.weight_hh) return;
            const float *h = b.before(t, r, b.saved.h, b.first_h);
            float *own = b.scratch + me.id * s.Hp;
            if (p.mask) {
                multiply(own, h, b.padded.mask + r * s.Hp);
                h = own;
            }
            into_panels(b.states, h, s.H, k);
            if (b.resets) {
                multiply(own, h, b.saved.sums + (base + k) * s.row() + s.Hp);
                into_panels(b.resets, own, s.H, k);
            }
        });
    }

    void multiply(float *to, const float *x, const float *y) const {
        for (Index j = 0; j < s.Hp; j += W) store(to + j, load(x + j) * load(y + j));
    }

    void into_panels(float *to, const float *row, Index columns, Index k) const {
        const Right all{to, count, round_up(columns)};
        for (Index n = 0, panel = 0; n < columns; n += PANEL, ++panel) {
            const Index width = all.width(panel);
            copy_row(to + panel * PANEL * count + k * width, row + n, smaller(width, columns - n),
                     width);
        }
    }

    void of_matrices() const {
        for (Index k = 0; k < s.inputs && p.gradients.weight_ih; ++k)
            of_slot(b.slopes + k * s.Hp, b.inputs, s.Ip, b.dw + s.input_gate(k) * s.H * s.Ip);
        for (Index k = 0; k < s.recurrent && p.gradients.weight_hh; ++k)
            of_slot(b.rec_slopes + (b.rec() + k) * s.Hp, b.resets && k == 0 ? b.resets : b.states,
                    s.Hp, b.du + s.recurrent_gate(k) * s.H * s.Hp);
    }

    void of_slot(const float *slopes, const float *right, Index columns, float *to) const {
        const Range mine = share(s.H, TILE_ROWS, me.id, me.members);
        const Left a{slopes + mine.begin, 1, s.slope_row(), 1, 0, count};
        const Right rows{right, count, columns};
        to += mine.begin * columns;
        product(a, mine.end - mine.begin, rows, {0, rows.panels()},
                {is_first ? nullptr : to, columns}, to, columns);
    }

    void of_inputs() const {
        const Range mine = share(count, TILE_ROWS, me.id, me.members);
        const Left a{b.slopes + mine.begin * s.slope_row(), s.slope_row(), 1, s.inputs, s.Hp, s.H};
        const Right w{b.w, s.inputs * s.H, s.Ip};
        product(a, mine.end - mine.begin, w, {0, w.panels()}, {}, b.dx + mine.begin * s.Ip, s.Ip);
        each_row([&](Index t, Index r, Index k) {
            if (k < mine.begin || k >= mine.end) return;
            const float *from = b.dx + k * s.Ip;
            float *to = p.dx.at(t, p.rows.order[r]);
            if (!p.adds) std::memcpy(to, from, s.I * sizeof(float));
            for (Index j = 0; j < s.I && p.adds; ++j) to[j] += from[j];
        });
    }

    void add() const {
        of_vectors();
        me.wait();
        prepare();
        me.wait();
        of_matrices();
        if (p.dx.data) of_inputs();
        me.wait();
    }
};

}  // namespace saiki::SAIKI_LEVEL
