// One piece of the corpus while it is trained: rows, rates, what is counted.
#pragma once
#include "copies.h"
#include "step.h"
#include "tokens.h"

namespace saiki::SAIKI_LEVEL {

INLINE void ask_for(const float *row, Index n) {
    for (Index e = 0; e < n; e += 16) __builtin_prefetch(row + e, 1);
}

struct Trainee {  // one piece while it is trained
    const Job &job;
    const Span &span;
    Workspace &work;
    const Piece &piece;

    Moves moves(bool trains_inputs) const {
        return {span.learns && trains_inputs, span.learns && job.trains_outputs};
    }

    // A row as this piece sees it: the table's, or the unit's copy where it may change.
    float *row_of(const Table &table, Index row, bool moves) const {
        return work.uses_copies && moves ? copy_of(work.copies, table, row) : table.row(row);
    }

    float *output(Index row) const { return row_of(job.outputs, row, moves(false).outputs); }

    float *document(Index i) const {
        return row_of(job.documents, piece.document[i], span.learns);
    }

    void push(float *row, bool moves, float by) const {
        if (work.uses_copies && moves) header(row)[PUSH] += by;
    }

    float rate_at(Index i) const {
        Index begin = span.begin, end = span.end;
        if (job.infers()) {
            begin = 0;
            end = job.offsets[piece.document[i] + 1] - job.offsets[piece.document[i]];
        }
        const double part = static_cast<double>(piece.position[i] - begin) /
                            static_cast<double>(end - begin);
        return static_cast<float>(span.rate_begin + (span.rate_end - span.rate_begin) * part);
    }

    void find_inputs() const {
        for (Index i = 0; i < piece.count; ++i)
            work.inputs[i] = row_of(job.words, piece.word[i], moves(job.trains_words).inputs);
    }

    void count_up(Vector loss, Index predictions) const {
        work.tally.loss += sum(loss);
        work.tally.predictions += predictions;
    }
};

}  // namespace saiki::SAIKI_LEVEL
