// The trainers at one instruction level; compiled once for each, see CMakeLists.txt.
#include "shared.h"

#define TEXT_OF(name) #name
#define TEXT(name) TEXT_OF(name)

namespace saiki::SAIKI_LEVEL {

static void train_words(const Trainee &t) {
    const bool shares = t.job.fast && !t.job.hierarchical;
    (shares ? train_skip_gram_chunks : train_skip_gram)(t);
}

static void train_objective(const Trainee &t) {
    const bool shares = t.job.fast && !t.job.hierarchical;
    switch (t.job.objective) {
        case Objective::skip_gram: return train_words(t);
        case Objective::cbow:
        case Objective::dm: return (shares ? train_mean_chunks : train_mean)(t);
        case Objective::dm_concat: return train_concatenation(t);
        case Objective::dbow:
            (shares ? train_dbow_chunks : train_dbow)(t);
            if (t.job.trains_words) train_words(t);
    }
}

static void train_piece(const Job &job, const Span &span, Index begin, Index end, Workspace &work) {
    Reader reader(job, span, work.piece);
    if (!reader.read(begin, end)) {
        work.tally.bad_position = reader.bad_position;
        return;
    }
    work.tally.tokens += end - begin;
    work.tally.kept += work.piece.last - work.piece.first;
    train_objective({job, span, work, work.piece});
}

extern const vectors::Level VECTORS;
const vectors::Level VECTORS{TEXT(SAIKI_LEVEL), train_piece, merge};

}  // namespace saiki::SAIKI_LEVEL
