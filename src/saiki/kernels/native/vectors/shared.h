// The trainers that share negatives: skip-gram, means, PV-DBOW.
#pragma once
#include "pairs.h"

namespace saiki::SAIKI_LEVEL {

// Whether a word may be among the negatives: exact where it is not, seldom wrong where it is.
class Sieve {
  public:
    explicit Sieve(const std::int32_t *drawn) {
        for (Index k = 0; k < SHARED; ++k) bits_[place(drawn[k])] |= bit(drawn[k]);
    }
    bool may_hold(std::int32_t word) const { return bits_[place(word)] & bit(word); }

  private:
    static Index place(std::int32_t word) { return word / 64 % 16; }
    static std::uint64_t bit(std::int32_t word) { return std::uint64_t{1} << (word % 64); }
    std::uint64_t bits_[16] = {};
};

// A negative stands for negatives / SHARED of each pair, but not for pairs whose target it is.
INLINE void weigh(const Piece &p, Index begin, Index end, const std::int32_t *drawn, float share,
                  float *weights) {
    const Sieve sieve(drawn);
    Index low = begin, high = end;
    for (Index i = begin; i < end; ++i) {
        const float weight = share * static_cast<float>(p.to[i] - p.from[i] - 1);
        for (Index k = 0; k < SHARED; ++k) weight_of(weights, i - begin, k) = weight;
        low = smaller(low, p.from[i]), high = high < p.to[i] ? p.to[i] : high;
    }
    for (Index j = low; j < high; ++j) {
        if (!sieve.may_hold(p.word[j])) continue;
        for (Index i = begin; i < end; ++i)
            for (Index k = 0; k < SHARED; ++k)
                if (drawn[k] == p.word[j] && j != i && p.from[i] <= j && j < p.to[i])
                    weight_of(weights, i - begin, k) -= share;
    }
}

// Every token of the chunk predicts the words of its own window.
static void train_skip_gram_chunks(const Trainee &t) {
    Chunk chunk(t, Purpose::negatives);
    t.find_inputs();
    const Piece &p = t.piece;
    const Moves moves = t.moves(t.job.trains_words);
    for (Index begin = p.first, end; begin < p.last; begin = end) {
        end = smaller(begin + PAIRS_CHUNK, p.last);
        const std::int32_t *drawn = chunk.take(end, PAIRS_CHUNK);
        for (Index i = end; i < smaller(end + PAIRS_CHUNK, p.count); ++i)
            ask_for(t.work.inputs[i], t.job.words.stride);
        alignas(64) float weights[GROUPS * GROUP_MARKS];
        weigh(p, begin, end, drawn, chunk.share(), weights);
        const float rate = t.rate_at(begin);
        float *const *rows = t.work.inputs + begin;
        Vector loss =
            chunk.train_negatives(drawn, {rows, rows, end - begin}, weights, rate, moves);
        Index pairs = 0;
        for (Index i = begin; i < end; i += 2)
            loss += train_positives_of(t, i, smaller(i + 2, end), rate, moves);
        for (Index i = begin; i < end; ++i) pairs += p.to[i] - p.from[i] - 1;
        t.count_up(loss, pairs);
    }
}

// The means of a chunk's windows predict their centres.
static void train_mean_chunks(const Trainee &t) {
    Chunk chunk(t, Purpose::negatives);
    t.find_inputs();
    const Piece &p = t.piece;
    const Index n = t.job.words.stride;
    for (Index begin = p.first, end; begin < p.last; begin = end) {
        end = smaller(begin + CHUNK, p.last);
        const std::int32_t *drawn = chunk.take(end, CHUNK);
        alignas(64) float weights[GROUPS * GROUP_MARKS];
        float *values[CHUNK], *changes[CHUNK];
        Index count = 0, centre[CHUNK];
        for (Index i = begin; i < end; ++i) {
            const Mean mean = rows_of(t, i);
            if (mean.count == 0) continue;
            values[count] = t.work.hidden + count * n, changes[count] = t.work.slope + count * n;
            build(mean, values[count], changes[count], n);
            for (Index k = 0; k < SHARED; ++k)
                weight_of(weights, count, k) = drawn[k] != p.word[i] ? chunk.share() : 0.0f;
            centre[count++] = i;
        }
        const float rate = t.rate_at(begin);
        const Moves moves = t.moves(true);
        Vector loss = chunk.train_negatives(drawn, {values, changes, count, true}, weights, rate, moves);
        for (Index k = 0; k < count; ++k) {
            const Rows x{values + k, changes + k, 1, true};
            loss += chunk.train_positives(x, centre[k], centre[k] + 1, rate, moves);
            const float by = rate * static_cast<float>(1 + t.job.negatives);
            if (t.span.learns) hand_on(t, rows_of(t, centre[k]), changes[k], by, n);
        }
        t.count_up(loss, count);
    }
}

// A document predicts up to SHARED of its words at once.
static void train_dbow_chunks(const Trainee &t) {
    Chunk chunk(t, Purpose::document_negatives);
    const Piece &p = t.piece;
    const Moves moves = t.moves(true);
    for (Index begin = p.first, end; begin < p.last; begin = end) {
        for (end = begin + 1; end < smaller(begin + CHUNK, p.last); ++end)
            if (p.document[end] != p.document[begin]) break;
        const std::int32_t *drawn = chunk.take(end, CHUNK);
        alignas(64) float weights[GROUPS * GROUP_MARKS];
        for (Index k = 0; k < SHARED; ++k) {
            Index pairs = 0;
            for (Index i = begin; i < end; ++i) pairs += p.word[i] != drawn[k];
            weight_of(weights, 0, k) = chunk.share() * static_cast<float>(pairs);
        }
        float *const rows[] = {t.document(begin)};
        const Rows x{rows, rows, 1};
        const float rate = t.rate_at(begin);
        const Vector loss = chunk.train_negatives(drawn, x, weights, rate, moves) +
                            chunk.train_positives(x, begin, end, rate, moves);
        t.count_up(loss, end - begin);
    }
}

}  // namespace saiki::SAIKI_LEVEL
