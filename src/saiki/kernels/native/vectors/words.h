// Skip-gram with each centre's own outputs, and the means of CBOW and PV-DM.
#pragma once
#include "outputs.h"

namespace saiki::SAIKI_LEVEL {

// Every word of the window predicts the centre.
static void train_skip_gram(const Trainee &t) {
    Outputs outputs(t, Purpose::negatives);
    t.find_inputs();
    const Piece &p = t.piece;
    const Moves moves = t.moves(t.job.trains_words);
    constexpr Index MOST = 4 * MOST_INPUTS;
    for (Index i = p.first; i < p.last; ++i) {
        outputs.list(i);
        const float rate = t.rate_at(i);
        Vector loss{};
        for (Index j = p.from[i]; j < p.to[i];) {
            float *rows[MOST];
            Index count = 0;
            for (; j < p.to[i] && count < MOST; ++j)
                if (j != i) rows[count++] = t.work.inputs[j];
            const Rows x{rows, rows, count};
            loss += outputs.train(x, rate, moves);
            outputs.push(x, rate, moves);
        }
        t.count_up(loss, p.to[i] - p.from[i] - 1);
    }
}

// The rows whose mean is the input of centre i: its window, and its document where it has one.
struct Mean {
    float **rows, **movable;
    Index count, movable_count;
};

INLINE Mean rows_of(const Trainee &t, Index i) {
    const Piece &p = t.piece;
    Mean mean{t.work.rows, t.work.rows, 0, 0};
    for (Index j = p.from[i]; j < p.to[i]; ++j)
        if (j != i) mean.rows[mean.count++] = t.work.inputs[j];
    if (!t.job.trains_words) mean.movable += mean.count;
    if (t.job.has_documents()) mean.rows[mean.count++] = t.document(i);
    mean.movable_count = mean.rows + mean.count - mean.movable;
    return mean;
}

// hidden = the mean of the rows; slope = 0
INLINE void build(const Mean &mean, float *hidden, float *slope, Index n) {
    const float part = 1.0f / static_cast<float>(mean.count);
    for (Index e = 0; e < n; e += W) {
        Vector total{};
        for (Index j = 0; j < mean.count; ++j) total += load(mean.rows[j] + e);
        store(hidden + e, part * total);
        store(slope + e, Vector{});
    }
}

// Hands the change of the mean on to its rows.
INLINE void hand_on(const Trainee &t, const Mean &mean, const float *slope, float by, Index n) {
    const float part = 1.0f / static_cast<float>(mean.count);
    for (Index e = 0; e < n; e += W) {
        const Vector change = part * load(slope + e);
        for (Index j = 0; j < mean.movable_count; ++j)
            store(mean.movable[j] + e, load(mean.movable[j] + e) + change);
    }
    for (Index j = 0; j < mean.movable_count; ++j) t.push(mean.movable[j], true, by * part * part);
}

// One input that is made of several rows: it is built in `hidden`, its change in `slope`.
INLINE Vector train_hidden(const Trainee &t, Outputs &outputs, float rate) {
    float *const values[] = {t.work.hidden}, *const changes[] = {t.work.slope};
    const Moves moves = t.moves(true);
    const Vector loss = outputs.train({values, changes, 1}, rate, moves);
    if (t.work.uses_copies) outputs.push_outputs(rate, moves);
    return loss;
}

// The mean predicts the centre.
static void train_mean(const Trainee &t) {
    Outputs outputs(t, Purpose::negatives);
    t.find_inputs();
    const Index n = t.job.words.stride;
    for (Index i = t.piece.first; i < t.piece.last; ++i) {
        outputs.list(i);
        const Mean mean = rows_of(t, i);
        if (mean.count == 0) continue;
        const float rate = t.rate_at(i);
        build(mean, t.work.hidden, t.work.slope, n);
        t.count_up(train_hidden(t, outputs, rate), 1);
        if (t.span.learns)
            hand_on(t, mean, t.work.slope, rate * static_cast<float>(outputs.count()), n);
    }
}

}  // namespace saiki::SAIKI_LEVEL
