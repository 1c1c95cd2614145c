// The output rows of one centre: its word and negatives, or the nodes on its way down the tree.
#pragma once
#include "trainee.h"

namespace saiki::SAIKI_LEVEL {

constexpr Index NEAR_ROOT = 7;  // levels of the tree that are always at hand

class Outputs {
  public:
    Outputs(const Trainee &t, Purpose purpose)
        : t_(t), n_(t.job.outputs.stride), key_(key_of(t.job.seed, t.span.epoch, purpose)) {
        for (Index i = t.piece.first; i < smaller(t.piece.first + AHEAD, t.piece.last); ++i) ask(i);
    }

    // Finds the rows of centre i, and asks for those of a later one.
    void list(Index i) {
        if (i + AHEAD < t_.piece.last) ask(i + AHEAD);
        count_ = 0;
        const std::int32_t target = t_.piece.word[i];
        if (t_.job.hierarchical) return list_nodes(target);
        add(target, 1);
        const std::int32_t *drawn = negatives_of(i);
        for (Index k = 0; k < t_.job.negatives; ++k)
            if (drawn[k] != target) add(drawn[k], 0);
    }

    // Trains `x` against the listed rows.
    Vector train(const Rows &x, float rate, Moves moves) const {
        if (count_ <= MOST_OUTPUTS && x.count <= MOST_INPUTS)  // as most are: no division then
            return train_part(x, 0, count_, rate, moves);
        Vector loss{};
        const Index groups = (count_ + MOST_OUTPUTS - 1) / MOST_OUTPUTS;
        const Index parts = (x.count + MOST_INPUTS - 1) / MOST_INPUTS;
        for (Index g = 0; g < groups; ++g)
            for (Index p = 0; p < parts; ++p) {
                const Index first = x.count * p / parts, last = x.count * (p + 1) / parts;
                const Rows some{x.values + first, x.changes + first, last - first};
                loss += train_part(some, count_ * g / groups, count_ * (g + 1) / groups, rate, moves);
            }
        return loss;
    }

    void push(const Rows &x, float rate, Moves moves) const {
        if (!t_.work.uses_copies) return;
        const float all_outputs = rate * static_cast<float>(count_);
        const float all_inputs = rate * static_cast<float>(x.count);
        for (Index j = 0; j < x.count; ++j) t_.push(x.changes[j], moves.inputs, all_outputs);
        push_outputs(all_inputs, moves);
    }

    void push_outputs(float by, Moves moves) const {
        for (Index k = 0; k < count_; ++k) t_.push(t_.work.outputs[k], moves.outputs, by);
    }

    Index count() const { return count_; }

  private:
    // Against the rows listed at [from, to).
    Vector train_part(const Rows &x, Index from, Index to, float rate, Moves moves) const {
        if (from == to) return Vector{};
        const Index size = to - from;
        alignas(64) float labels[MARKS];
        if (t_.job.hierarchical)  // what lies beyond `size` has no weight
            for (Index l = 0; l < MARKS; l += SLOTS)
                std::memcpy(labels + l, t_.work.labels + from, SLOTS * sizeof(float));
        const float *wanted = t_.job.hierarchical ? labels : MARK.rows[from == 0];
        float *const *rows = t_.work.outputs + from;
        return step(x, {rows, rows, size}, n_, {MARK.rows[size], wanted, 0, 0}, rate, moves);
    }

    std::int32_t *negatives_of(Index i) const {
        return t_.work.negatives + i % (AHEAD + 1) * t_.job.negatives;
    }

    void ask(Index i) {
        const Job &job = t_.job;
        const std::int32_t word = t_.piece.word[i];
        if (job.hierarchical) {
            for (Index k = job.code_offsets[word] + NEAR_ROOT; k < job.code_offsets[word + 1]; ++k)
                ask_for(job.outputs.row(job.nodes[k]), n_);
            return;
        }
        std::uint64_t state = draw(key_, t_.piece.position[i]);
        std::int32_t *drawn = negatives_of(i);
        ask_for(job.outputs.row(word), n_);
        for (Index k = 0; k < job.negatives; ++k) {
            drawn[k] = draw_word(job.noise, job.vocabulary, mix(state += GOLDEN));
            ask_for(job.outputs.row(drawn[k]), n_);
        }
    }

    void list_nodes(std::int32_t word) {
        const Job &job = t_.job;
        for (Index k = job.code_offsets[word]; k < job.code_offsets[word + 1]; ++k)
            add(job.nodes[k], static_cast<float>(1 - job.codes[k]));
    }

    void add(Index row, float label) {
        t_.work.outputs[count_] = t_.output(row);
        t_.work.labels[count_++] = label;
    }

    const Trainee &t_;
    const Index n_;
    const std::uint64_t key_;
    Index count_ = 0;
};

}  // namespace saiki::SAIKI_LEVEL
