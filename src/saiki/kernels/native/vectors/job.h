// What one call trains, shared by all instruction levels. Memory belongs to the caller.
#pragma once
#include <cstdint>

namespace saiki::vectors {

using Index = std::int64_t;

enum class Objective { skip_gram, cbow, dbow, dm, dm_concat };

// Rows of floats, `stride` apart, a multiple of 16; what stands behind the columns is zero.
struct Table {
    float *data = nullptr;
    Index rows = 0, columns = 0, stride = 0;
    float *row(Index k) const { return data + k * stride; }
};

struct AliasEntry {  // a drawn column stands for itself below `limit`, else for `other`
    std::uint32_t limit;
    std::int32_t other;
};

constexpr Index PIECE_TOKENS = 4096;  // the part of a corpus that a thread takes at a time
constexpr Index UNIT_TOKENS = 128;    // the same where the order of changes is fixed,
constexpr Index BLOCK_UNITS = 8;      // and how many units begin with the same tables
constexpr Index SHARED = 16;      // negatives that the tokens of a chunk share,
constexpr Index CHUNK = 16;       // how many tokens those are,
constexpr Index PAIRS_CHUNK = 8;  // and with skip-gram, where each has many predictions
constexpr Index AHEAD = 4;            // centres between asking for rows and using them

struct Job {
    Objective objective = Objective::skip_gram;
    bool hierarchical = false, fast = false, trains_words = true, trains_outputs = true;
    Index window = 5, negatives = 5;
    Table words, documents, outputs;
    const float *keep = nullptr;
    const AliasEntry *noise = nullptr;
    const Index *code_offsets = nullptr;
    const std::int32_t *nodes = nullptr;
    const std::uint8_t *codes = nullptr;
    const std::int32_t *tokens = nullptr;
    const Index *offsets = nullptr;
    Index vocabulary = 0, document_count = 0, longest_code = 0;
    std::uint64_t seed = 0;
    int threads = 1;
    bool deterministic = false;

    bool has_documents() const { return objective >= Objective::dbow; }
    // Only document vectors move: each document is then trained as if it stood alone.
    bool infers() const { return has_documents() && !trains_words && !trains_outputs; }
};

struct Span {  // one call of run
    Index begin = 0, end = 0, epoch = 0;
    double rate_begin = 0, rate_end = 0;
    bool learns = true;
};

struct Tally {
    double loss = 0;
    Index predictions = 0, tokens = 0, kept = 0;
    Index bad_position = -1;  // of a token that is not in the vocabulary
};

// Rows that one unit works on in place of those of the tables: a hash table of addresses.
// Before each copy stands a line: how far it was pushed, and whether it has been merged.
struct Copies {
    struct Entry {
        float *row, *copy;
    };
    Entry *entries = nullptr;  // `mask` + 1 of them, empty where row is null
    Index *taken = nullptr;    // their places in the order in which they were made
    Index mask = 0, count = 0, stride = 0;
    float *memory = nullptr;
};

// Kept tokens of a piece and up to a window more on both sides; the window of i is
// [from, to) without i, and [first, last) are the piece's own.
struct Piece {
    Index first = 0, last = 0, count = 0;
    std::int32_t *word = nullptr, *from = nullptr, *to = nullptr, *reach = nullptr;
    Index *position = nullptr, *document = nullptr;
};

// Of one thread, or of one unit; on cache lines of its own, as others' are written all the time.
struct alignas(128) Workspace {
    Piece piece;
    Copies copies;
    bool uses_copies = false;
    float **inputs = nullptr;   // the input row of each token of the piece
    float **outputs = nullptr;  // the output rows of one centre
    float **rows = nullptr;     // the rows that a mean is made of
    float *labels = nullptr;
    std::int32_t *negatives = nullptr;  // of the centres whose rows have been asked for
    float *hidden = nullptr, *slope = nullptr;  // rows of the inputs that are built
    Tally tally;
};

struct Level {
    const char *name;
    // Trains on one piece; its figures go to the workspace.
    void (*train)(const Job &job, const Span &span, Index begin, Index end, Workspace &work);
    // Merges the copies of a block's units, those rows that belong to one of `members` threads.
    void (*merge)(const Workspace *units, int id, int members);
};

}  // namespace saiki::vectors
