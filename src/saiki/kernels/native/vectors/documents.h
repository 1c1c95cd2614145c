// PV-DBOW, and PV-DM whose input is the document and every place of the window side by side.
#pragma once
#include "words.h"

namespace saiki::SAIKI_LEVEL {

// The document predicts each of its words.
static void train_dbow(const Trainee &t) {
    Outputs outputs(t, Purpose::document_negatives);
    for (Index i = t.piece.first; i < t.piece.last; ++i) {
        outputs.list(i);
        float *const rows[] = {t.document(i)};
        const float rate = t.rate_at(i);
        t.count_up(outputs.train({rows, rows, 1}, rate, t.moves(true)), 1);
        outputs.push({rows, rows, 1}, rate, t.moves(true));
    }
}

// Places: the document, then distances -window … -1, 1 … window. Beyond an edge stand zeros.
static void train_concatenation(const Trainee &t) {
    Outputs outputs(t, Purpose::negatives);
    t.find_inputs();
    const Piece &p = t.piece;
    const Index E = t.job.words.columns, n = t.job.outputs.stride, window = t.job.window;
    const auto place = [&](Index i, Index j) { return (window + j - i + (j < i)) * E; };
    for (Index i = p.first; i < p.last; ++i) {
        outputs.list(i);
        float *const document = t.document(i), *const hidden = t.work.hidden;
        const float rate = t.rate_at(i);
        fill_row(hidden, n);
        fill_row(t.work.slope, n);
        std::memcpy(hidden, document, E * sizeof(float));
        for (Index j = p.from[i]; j < p.to[i]; ++j)
            if (j != i) std::memcpy(hidden + place(i, j), t.work.inputs[j], E * sizeof(float));
        t.count_up(train_hidden(t, outputs, rate), 1);
        if (!t.span.learns) continue;
        const float by = rate * static_cast<float>(outputs.count());
        const auto add = [&](float *row, const float *slope) {
            for (Index e = 0; e < E; ++e) row[e] += slope[e];
            t.push(row, true, by);
        };
        for (Index j = p.from[i]; t.job.trains_words && j < p.to[i]; ++j)
            if (j != i) add(t.work.inputs[j], t.work.slope + place(i, j));
        add(document, t.work.slope);
    }
}

}  // namespace saiki::SAIKI_LEVEL
