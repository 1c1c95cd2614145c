// Reads a piece of the corpus: tokens that survive subsampling, and their windows.
#pragma once
#include "../vector.h"
#include "random.h"

namespace saiki::SAIKI_LEVEL {

using namespace saiki::vectors;

class Reader {
  public:
    Reader(const Job &job, const Span &span, Piece &piece)
        : job_(job), piece_(piece), key_(key_of(job.seed, span.epoch, Purpose::token)) {}

    Index bad_position = -1;

    // False where a token is not in the vocabulary; it is then at `bad_position`.
    bool read(Index begin, Index end) {
        Index d = document_of(begin), at = begin;
        piece_.count = 0;
        if (!read_back(begin, d)) return false;
        piece_.first = piece_.count;
        for (;; ++d) {
            const Index stop = smaller(end, job_.offsets[d + 1]);
            if (!read_run(at, stop, d)) return false;
            at = stop;
            if (at == end) break;
        }
        piece_.last = piece_.count;
        const Index most = piece_.last + job_.window;
        for (; at < job_.offsets[d + 1] && piece_.count < most; ++at)
            if (!read_run(at, at + 1, d)) return false;
        find_windows();
        return true;
    }

  private:
    Index document_of(Index at) const {  // the last that begins at or before `at`
        Index low = 0, high = job_.document_count;
        while (high - low > 1) {
            const Index middle = (low + high) / 2;
            (job_.offsets[middle] <= at ? low : high) = middle;
        }
        return low;
    }

    bool read_run(Index at, Index stop, Index d) {
        // Draws count from the document's first token where documents are inferred.
        const Index shift = job_.infers() ? job_.offsets[d] : 0;
        Index n = piece_.count;
        for (; at < stop; ++at) {
            const std::int32_t w = job_.tokens[at];
            if (static_cast<std::uint32_t>(w) >= static_cast<std::uint64_t>(job_.vocabulary)) {
                bad_position = at;
                return false;
            }
            const std::uint64_t bits = draw(key_, at - shift), low = bits & UINT32_MAX;
            piece_.word[n] = w, piece_.document[n] = d, piece_.position[n] = at - shift;
            piece_.reach[n] = static_cast<std::int32_t>(1 + (low * job_.window >> 32));
            n += static_cast<float>(bits >> 40) * 0x1p-24f < job_.keep[w];
        }
        piece_.count = n;
        return true;
    }

    bool read_back(Index begin, Index d) {
        for (Index at = begin; at > job_.offsets[d] && piece_.count < job_.window; --at)
            if (!read_run(at - 1, at, d)) return false;
        for (Index i = 0, j = piece_.count - 1; i < j; ++i, --j) {
            swap(piece_.word[i], piece_.word[j]);
            swap(piece_.reach[i], piece_.reach[j]);
            swap(piece_.position[i], piece_.position[j]);
        }
        return true;
    }

    template <class T>
    static void swap(T &a, T &b) {
        const T c = a;
        a = b, b = c;
    }

    void find_windows() {
        const Piece &p = piece_;
        for (Index i = 0, stop; i < p.count; i = stop) {
            for (stop = i + 1; stop < p.count && p.document[stop] == p.document[i];) ++stop;
            for (Index j = i; j < stop; ++j) {
                const bool whole = job_.objective == Objective::dm_concat;
                const Index reach = whole ? job_.window : p.reach[j];
                p.from[j] = static_cast<std::int32_t>(j - reach < i ? i : j - reach);
                p.to[j] = static_cast<std::int32_t>(smaller(j + reach + 1, stop));
            }
        }
    }

    const Job &job_;
    Piece &piece_;
    const std::uint64_t key_;
};

}  // namespace saiki::SAIKI_LEVEL
