// All kernels at one instruction level; compiled once for each, see CMakeLists.txt.
#include "gru.h"
#include "lstm.h"
#include "rnn.h"
#include "softmax_rows.h"
#include "walk.h"

#define TEXT_OF(name) #name
#define TEXT(name) TEXT_OF(name)

namespace saiki::SAIKI_LEVEL {

template <class Unit>
static void forward_of(const Problem &p) {
    work_together(p.threads, run_forward<Unit>, &p);
}

template <class Unit>
static void backward_of(const Problem &p) {
    work_together(p.threads, run_backward<Unit>, &p);
}

using Run = void (*)(const Problem &);

static constexpr Run FORWARD[] = {forward_of<Rnn>, forward_of<Gru<true>>, forward_of<Gru<false>>};
static constexpr Run BACKWARD[] = {backward_of<Rnn>, backward_of<Gru<true>>, backward_of<Gru<false>>};
static constexpr Run LSTM_FORWARD[] = {forward_of<Lstm<Stage::carousel>>,
                                       forward_of<Lstm<Stage::input_output_gates>>,
                                       forward_of<Lstm<Stage::forget_gate>>};
static constexpr Run LSTM_BACKWARD[] = {backward_of<Lstm<Stage::carousel>>,
                                        backward_of<Lstm<Stage::input_output_gates>>,
                                        backward_of<Lstm<Stage::forget_gate>>};

static void forward(const Problem &p) {
    const bool is_lstm = p.cell == Cell::lstm;
    (is_lstm ? LSTM_FORWARD[static_cast<int>(p.stage)] : FORWARD[static_cast<int>(p.cell)])(p);
}

static void backward(const Problem &p) {
    const bool is_lstm = p.cell == Cell::lstm;
    (is_lstm ? LSTM_BACKWARD[static_cast<int>(p.stage)] : BACKWARD[static_cast<int>(p.cell)])(p);
}

static Sizes measure(const Problem &given) {
    Problem p = given;
    p.saved = p.work = nullptr;
    const Member alone{0, 1, nullptr};
    const Forward f(p, alone);
    const Index forward = f.work.size(), saved = f.kept.size();
    return {saved, forward, p.training ? Backward(p, alone).work.size() : 0};
}

static void show(const Problem &p, Place place, Steps<float> to) {
    const Shape s(p);
    Arena kept(p.saved);
    const Saved saved(kept, s, p.rows.offset[p.steps], true);
    const bool is_slot = place < Place::h;
    const float *from = is_slot ? saved.sums + static_cast<int>(place) * s.Hp
                                : place == Place::h ? saved.h : saved.c;
    for (Index r = 0; r < s.B; ++r)
        for (Index t = 0; t < p.steps; ++t) {
            float *row = to.at(t, p.rows.order[r]);
            const Index k = p.rows.offset[t] + r;
            if (r >= p.rows.live[t]) fill_row(row, s.H);
            else std::memcpy(row, from + k * (is_slot ? s.row() : s.Hp), s.H * sizeof(float));
        }
}

static void apply(Activation f, const float *x, float *y, Index count) {
    for (Index k = 0; k < count; k += W) {
        float part[W] = {};
        const Index n = smaller(W, count - k);
        std::memcpy(part, x + k, n * sizeof(float));
        store(part, activate(f, load(part)));
        std::memcpy(y + k, part, n * sizeof(float));
    }
}

static void softmax(const Logits &l) { work_together(l.threads, softmax_share, &l); }

extern const Level LEVEL;
const Level LEVEL{TEXT(SAIKI_LEVEL), measure, forward, backward, show, softmax, apply};

}  // namespace saiki::SAIKI_LEVEL
