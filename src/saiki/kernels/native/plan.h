// The shape of a problem at this level, and where its buffers lie.
#pragma once
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

#include "product.h"

namespace saiki::SAIKI_LEVEL {

constexpr Index FORWARD_ROWS = 128;   // of a chunk whose input sums stay in the second-level cache
constexpr Index BACKWARD_ROWS = 256;  // of a chunk whose weight gradients are one product

// Each row of sums has `slots` blocks of H numbers, padded to Hp. The input adds to the first
// `inputs` slots, the state to the last `recurrent`; a GRU with the reset gate behind the product
// keeps U_n h + b_hn apart from W_n x + b_in.
//   RNN: a    LSTM: the gates of its stage, of i f g o    GRU: n r z u, or n r z
struct Shape {
    Index H, Hp, I, Ip, B, slots, inputs, recurrent;
    bool is_normed, is_lstm;

    explicit Shape(const Problem &p)
        : H(p.hidden), Hp(round_up(H)), I(p.inputs), Ip(round_up(I)), B(p.batch),
          is_normed(p.weights.norm_hh), is_lstm(p.cell == Cell::lstm) {
        constexpr Index gates[] = {1, 3, 4};
        inputs = p.cell == Cell::rnn ? 1 : is_lstm ? gates[static_cast<int>(p.stage)] : 3;
        slots = p.cell == Cell::gru_after ? 4 : inputs;
        recurrent = inputs;
        is_gru_ = p.cell == Cell::gru_after || p.cell == Cell::gru_before;
    }

    Index first_recurrent() const { return slots - recurrent; }
    // The gate, in torch's order, of input slot s, and of recurrent slot s counted from the first.
    Index input_gate(Index s) const { return is_gru_ ? (s + 2) % 3 : s; }
    Index recurrent_gate(Index s) const { return is_gru_ ? (s + first_recurrent() + 2) % 3 : s; }
    Index row() const { return slots * Hp; }
    Index slope_row() const { return row() + W; }  // an odd number of lines: no two in one set

  private:
    bool is_gru_;
};

// Hands out pieces of one buffer; without a buffer it only counts.
class Arena {
  public:
    explicit Arena(float *base) : base_(base) {}
    float *take(Index count, bool is_used = true) {
        if (!is_used || count == 0) return nullptr;
        float *piece = base_ ? base_ + size_ : reinterpret_cast<float *>(64);
        size_ += round_up(count, 16) + GAP;
        fence(piece, count);
        return piece;
    }
    Index size() const { return size_; }

  private:
#if defined(__SANITIZE_ADDRESS__)
    static constexpr Index GAP = 64;  // behind each piece, so that AddressSanitizer sees its end
    void fence(float *piece, Index count) const {
        if (!base_) return;
        ASAN_UNPOISON_MEMORY_REGION(piece, count * sizeof(float));
        ASAN_POISON_MEMORY_REGION(piece + count, (base_ + size_ - piece - count) * sizeof(float));
    }
#else
    static constexpr Index GAP = 0;
    void fence(float *, Index) const {}
#endif
    float *base_;
    Index size_ = 0;
};

// Kept from the forward pass for the backward pass; one row for each real step.
struct Saved {
    float *sums, *h, *c, *normed_in, *scale_in, *normed_rec, *scale_rec, *normed_cell, *scale_cell;
    Saved(Arena &a, const Shape &s, Index rows, bool is_kept)
        : sums(a.take(rows * s.row())), h(a.take(rows * s.Hp, is_kept)),
          c(a.take(rows * s.Hp, is_kept && s.is_lstm)),
          normed_in(a.take(rows * s.inputs * s.Hp, s.is_normed)),
          scale_in(a.take(rows * s.inputs, s.is_normed)),
          normed_rec(a.take((is_kept ? rows : s.B) * s.recurrent * s.Hp, s.is_normed)),
          scale_rec(a.take((is_kept ? rows : s.B) * s.recurrent, s.is_normed)),
          normed_cell(a.take((is_kept ? rows : s.B) * s.Hp, s.is_normed && s.is_lstm)),
          scale_cell(a.take(is_kept ? rows : s.B, s.is_normed && s.is_lstm)) {}
};

// Parameters by slot, padded with zeros, so that vectors may read past the H-th number.
struct Padded {
    float *peephole, *gain_in, *gain_rec, *gain_cell, *shift_cell, *mask;
    Padded(Arena &a, const Shape &s, const Problem &p)
        : peephole(a.take(3 * s.Hp, p.weights.peephole)),
          gain_in(a.take(s.inputs * s.Hp, s.is_normed)),
          gain_rec(a.take(s.recurrent * s.Hp, s.is_normed)),
          gain_cell(a.take(s.Hp, s.is_normed && s.is_lstm)),
          shift_cell(a.take(s.Hp, s.is_normed && s.is_lstm)), mask(a.take(s.B * s.Hp, p.mask)) {}

    void fill(const Shape &s, const Problem &p) const {
        const auto &w = p.weights;
        const Index gates = p.stage == Stage::input_output_gates ? 2 : 3;
        if (peephole) pad(peephole, w.peephole, gates, s);
        for (Index k = 0; k < s.inputs && s.is_normed; ++k) {
            pad(gain_in + k * s.Hp, w.norm_ih + s.input_gate(k) * s.H, 1, s);
            pad(gain_rec + k * s.Hp, w.norm_hh + s.recurrent_gate(k) * s.H, 1, s);
        }
        if (gain_cell) pad(gain_cell, w.norm_cell, 1, s);
        if (shift_cell && w.norm_cell_bias) pad(shift_cell, w.norm_cell_bias, 1, s);
        if (shift_cell && !w.norm_cell_bias) fill_row(shift_cell, s.Hp);
        for (Index r = 0; mask && r < s.B; ++r)
            pad(mask + r * s.Hp, p.mask + p.rows.order[r] * s.H, 1, s);
    }

  private:
    static void pad(float *to, const float *from, Index count, const Shape &s) {
        for (Index k = 0; k < count; ++k) copy_row(to + k * s.Hp, from + k * s.H, s.H, s.Hp);
    }
};

}  // namespace saiki::SAIKI_LEVEL
