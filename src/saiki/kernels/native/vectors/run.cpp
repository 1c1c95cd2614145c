// Hands out the pieces of a corpus to threads.
#include <algorithm>
#include <atomic>

#include "../team.h"
#include "memory.h"

namespace saiki::vectors {

namespace {

void forget(Copies &copies) {
    for (Index k = 0; k < copies.count; ++k) copies.entries[copies.taken[k]].row = nullptr;
    copies.count = 0;
}

void add(Tally &total, const Tally &part) {
    total.loss += part.loss, total.predictions += part.predictions;
    total.tokens += part.tokens, total.kept += part.kept;
    if (part.bad_position >= 0) total.bad_position = part.bad_position;
}

class Call {
  public:
    Call(const Level &level, const Job &job, const Span &span)
        : level_(level), job_(job), span_(span), next_(span.begin),
          in_order_(job.deterministic && span.learns && !job.infers()) {
        const Index spaces = in_order_ ? BLOCK_UNITS : job.threads;
        const Index longest = std::min(in_order_ ? UNIT_TOKENS : PIECE_TOKENS, span.end - span.begin);
        works_.resize(spaces);
        for (auto &work : works_) prepare(job, longest, in_order_, store_, work);
        if (!in_order_) parts_.resize((span.end - span.begin) / PIECE_TOKENS + 1);
    }

    Tally run() {
        const Work work = [](const void *what, const Member &member) {
            auto *call = static_cast<Call *>(const_cast<void *>(what));
            if (call->in_order_) call->run_in_order(member);
            else if (call->job_.infers()) call->run_documents(member);
            else call->run_freely(member);
        };
        work_together(job_.threads, work, this);
        for (const auto &each : parts_) add(total_, each);
        return total_;
    }

  private:
    void run_freely(const Member &member) {
        Workspace &work = works_[member.id];
        while (!is_bad_) {
            const Index begin = next_.fetch_add(PIECE_TOKENS);
            if (begin >= span_.end) break;
            train(begin, std::min(begin + PIECE_TOKENS, span_.end), work);
            keep_tally(begin, work);
        }
    }

    // All units of a block begin with the same tables; what they changed is merged in their order.
    void run_in_order(const Member &member) {
        constexpr Index block_tokens = UNIT_TOKENS * BLOCK_UNITS;
        for (Index block = span_.begin; block < span_.end; block += block_tokens) {
            for (Index unit = member.id; unit < BLOCK_UNITS; unit += member.members) {
                Workspace &work = works_[unit];
                forget(work.copies);
                work.tally = {};
                const Index begin = block + unit * UNIT_TOKENS;
                if (begin >= span_.end) continue;
                level_.train(job_, span_, begin, std::min(begin + UNIT_TOKENS, span_.end), work);
            }
            member.wait();
            level_.merge(works_.data(), member.id, member.members);
            if (member.id == 0)
                for (auto &work : works_) add(total_, work.tally);
            member.wait();
            if (total_.bad_position >= 0) return;
        }
    }

    // A thread takes whole documents, at least a piece of them at a time.
    void run_documents(const Member &member) {
        Workspace &work = works_[member.id];
        while (!is_bad_) {
            const Index from = next_.fetch_add(PIECE_TOKENS);
            if (from >= span_.end) break;
            const Index *last = job_.offsets + job_.document_count;
            // Documents that begin in [from, from + PIECE_TOKENS), or were begun before the call.
            const Index *d = std::lower_bound(job_.offsets, last, from);
            if (from == span_.begin && d > job_.offsets && (d == last || *d > from)) --d;
            for (; d < last && *d < std::min(from + PIECE_TOKENS, span_.end); ++d) {
                const Index end = std::min(d[1], span_.end);
                for (Index at = std::max(d[0], span_.begin); at < end; at += PIECE_TOKENS)
                    train(at, std::min(at + PIECE_TOKENS, end), work);
            }
            keep_tally(from, work);
        }
    }

    void train(Index begin, Index end, Workspace &work) {
        if (is_bad_) return;
        level_.train(job_, span_, begin, end, work);
        if (work.tally.bad_position >= 0) is_bad_ = true;
    }

    // A sum in the order of the corpus, whichever thread took a piece.
    void keep_tally(Index begin, Workspace &work) {
        parts_[(begin - span_.begin) / PIECE_TOKENS] = work.tally;
        work.tally = {};
    }

    const Level &level_;
    const Job &job_;
    const Span &span_;
    std::atomic<Index> next_;
    std::atomic<bool> is_bad_{false};
    const bool in_order_;
    Store store_;
    std::vector<Workspace> works_;
    std::vector<Tally> parts_;
    Tally total_;
};

}  // namespace

Tally run(const Level &level, const Job &job, const Span &span) {
    if (span.begin >= span.end) return {};
    return Call(level, job, span).run();
}

}  // namespace saiki::vectors
