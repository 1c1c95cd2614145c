// quality="fast": the tokens of a chunk share their negatives, each weighted by how many it stands
// for. README.md, "Shared negatives".
#pragma once
#include "documents.h"

namespace saiki::SAIKI_LEVEL {

constexpr Index GROUPS = SHARED / MOST_OUTPUTS;
static_assert(SHARED % MOST_OUTPUTS == 0 && CHUNK <= MOST_INPUTS && PAIRS_CHUNK <= MOST_INPUTS);
constexpr Index GROUP_MARKS = (MOST_INPUTS + 1) * SLOTS;  // a vector may read a row beyond the last

// The weight of input j and negative k, group by group as `step` takes them.
INLINE float &weight_of(float *weights, Index j, Index k) {
    return weights[k / SLOTS * GROUP_MARKS + j * SLOTS + k % SLOTS];
}

// SHARED negatives against the inputs of a chunk, and positives that belong to single inputs.
class Chunk {
  public:
    Chunk(const Trainee &t, Purpose purpose)
        : t_(t), n_(t.job.outputs.stride), key_(key_of(t.job.seed, t.span.epoch, purpose)) {
        if (t.piece.first < t.piece.last) ask(t.piece.first, drawn_[0]);
    }

    float share() const { return static_cast<float>(t_.job.negatives) / SHARED; }

    // Takes the negatives that were asked for, and asks for those of the chunk that begins at
    // `next` and for the rows of its words.
    const std::int32_t *take(Index next, Index size) {
        turn_ ^= 1;
        if (next < t_.piece.last) ask(next, drawn_[turn_]);
        for (Index i = next; i < smaller(next + size, t_.piece.count); ++i)
            ask_for(t_.job.outputs.row(t_.piece.word[i]), n_);
        return drawn_[turn_ ^ 1];
    }

    Vector train_negatives(const std::int32_t *drawn, const Rows &x, float *weights,
                           float rate, Moves moves) const {
        float *rows[SHARED];
        for (Index k = 0; k < SHARED; ++k) rows[k] = t_.output(drawn[k]);
        if (t_.work.uses_copies) push(x, rows, weights, rate, moves);
        Vector loss{};
        for (Index g = 0; g < GROUPS; ++g) {
            float *const *group = rows + g * SLOTS;
            const Marks marks{weights + g * GROUP_MARKS, MARK.rows[0], SLOTS, 0};
            loss += step(x, {group, group, SLOTS}, n_, marks, rate, moves);
        }
        return loss;
    }

    // One input against the words at [from, to).
    Vector train_positives(const Rows &x, Index from, Index to, float rate, Moves moves) const {
        Vector loss{};
        const Index count = to - from;
        const Index groups = (count + MOST_OUTPUTS - 1) / MOST_OUTPUTS;
        Index j = from;
        for (Index g = 0; g < groups; ++g) {
            const Index size = count * (g + 1) / groups - count * g / groups;
            float *rows[SLOTS];
            for (Index k = 0; k < size; ++k) {
                rows[k] = t_.output(t_.piece.word[j++]);
                t_.push(rows[k], moves.outputs, rate);
            }
            const float *ones = MARK.rows[size];
            loss += step(x, {rows, rows, size}, n_, {ones, ones, 0, 0}, rate, moves);
        }
        t_.push(x.changes[0], moves.inputs && !x.is_built, rate * static_cast<float>(count));
        return loss;
    }

  private:
    void ask(Index i, std::int32_t *drawn) const {
        std::uint64_t state = draw(key_, t_.piece.position[i]);
        for (Index k = 0; k < SHARED; ++k) {
            drawn[k] = draw_word(t_.job.noise, t_.job.vocabulary, mix(state += GOLDEN));
            ask_for(t_.job.outputs.row(drawn[k]), n_);
        }
    }

    void push(const Rows &x, float *const *rows, float *weights, float rate,
              Moves moves) const {
        for (Index j = 0; j < x.count; ++j)
            for (Index k = 0; k < SHARED; ++k) {
                const float by = rate * weight_of(weights, j, k);
                t_.push(x.changes[j], moves.inputs && !x.is_built, by);
                t_.push(rows[k], moves.outputs, by);
            }
    }

    const Trainee &t_;
    const Index n_;
    const std::uint64_t key_;
    std::int32_t drawn_[2][SHARED];
    int turn_ = 0;
};

}  // namespace saiki::SAIKI_LEVEL
