// The memory that threads and units work in, sized once for the longest piece.
#pragma once
#include <algorithm>
#include <bit>
#include <memory>
#include <new>

#include "host.h"

namespace saiki::vectors {

// Memory of one kind, aligned to cache lines and freed at the end.
class Store {
  public:
    template <class T>
    void give(T *&place, Index count) {
        const std::size_t bytes = (count * sizeof(T) + 127) / 64 * 64;
        blocks_.emplace_back(::operator new(bytes, std::align_val_t{64}));
        place = static_cast<T *>(blocks_.back().get());
    }

  private:
    struct Free {
        void operator()(void *p) const { ::operator delete(p, std::align_val_t{64}); }
    };
    std::vector<std::unique_ptr<void, Free>> blocks_;
};

inline void prepare(const Job &job, Index tokens, bool uses_copies, Store &store, Workspace &work) {
    const Index room = tokens + 2 * job.window + 1;
    const Index most = std::max(job.negatives + 1, job.longest_code);
    Piece &piece = work.piece;
    for (auto *each : {&piece.word, &piece.from, &piece.to, &piece.reach}) store.give(*each, room);
    store.give(piece.position, room);
    store.give(piece.document, room);
    store.give(work.inputs, room);
    store.give(work.outputs, most);
    store.give(work.rows, 2 * job.window + 1);
    store.give(work.labels, most + 8);
    std::fill_n(work.labels, most + 8, 0.0f);  // some are read that have no weight
    store.give(work.negatives, (AHEAD + 1) * job.negatives);
    const Index widest = std::max({job.words.stride, job.documents.stride, job.outputs.stride});
    store.give(work.hidden, CHUNK * widest);
    store.give(work.slope, CHUNK * widest);
    work.uses_copies = uses_copies;
    if (!uses_copies) return;
    // Inputs and outputs of all words in reach, documents, a centre's own outputs, shared ones.
    const Index rows = 2 * room + tokens + 2 * tokens * std::max(most, SHARED + 1);
    Copies &copies = work.copies;
    copies.stride = widest;
    copies.mask = static_cast<Index>(std::bit_ceil(static_cast<std::size_t>(2 * rows))) - 1;
    store.give(copies.entries, copies.mask + 1);
    std::fill_n(copies.entries, copies.mask + 1, Copies::Entry{});
    store.give(copies.taken, rows);
    store.give(copies.memory, rows * (widest + 16));
}

}  // namespace saiki::vectors
