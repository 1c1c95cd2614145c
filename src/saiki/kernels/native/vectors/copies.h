// Deterministic training: each unit of a block changes copies of rows, which are merged in order.
// README.md, "The same bits for any number of threads".
#pragma once
#include "../functions.h"
#include "random.h"

namespace saiki::SAIKI_LEVEL {

using namespace saiki::vectors;

constexpr Index HEADER = 16;  // floats before a copy: what has pushed it, its length, if merged
enum Header { PUSH, FLOATS, MERGED };

INLINE float *header(float *copy) { return copy - HEADER; }

INLINE Index place_of(const Copies &copies, const float *row) {
    const auto address = reinterpret_cast<std::uintptr_t>(row);
    Index at = static_cast<Index>(address * GOLDEN >> 32) & copies.mask;
    while (copies.entries[at].row != nullptr && copies.entries[at].row != row)
        at = (at + 1) & copies.mask;
    return at;
}

INLINE float *copy_of(Copies &copies, const Table &table, Index k) {
    float *row = table.row(k);
    const Index at = place_of(copies, row);
    Copies::Entry &entry = copies.entries[at];
    if (entry.row == nullptr) {
        entry = {row, copies.memory + copies.count * (HEADER + copies.stride) + HEADER};
        copies.taken[copies.count++] = at;
        fill_row(header(entry.copy), HEADER);
        header(entry.copy)[FLOATS] = static_cast<float>(table.stride);
        std::memcpy(entry.copy, row, table.stride * sizeof(float));
    }
    return entry.copy;
}

// How far a row moves towards where `push` pulls it: 1 - e^-c, c the rates of its pairs times a
// typical curvature.
INLINE float progress(float push) {
    constexpr float CURVATURE = 0.25f;
    return 1.0f - exp(all(-CURVATURE * push))[0];
}

// One row: what the units moved it by, added, but no further than one after the other they would.
static void merge_row(const Workspace *units, Index from, float *row, Index floats) {
    const float *copies[BLOCK_UNITS];
    Index count = 0;
    float push = 0, parts = 0;
    for (Index u = from; u < BLOCK_UNITS; ++u) {
        const Copies &unit = units[u].copies;
        const Copies::Entry &entry = unit.entries[place_of(unit, row)];
        if (entry.row == nullptr) continue;
        float *const head = header(entry.copy);
        push += head[PUSH], parts += progress(head[PUSH]), head[MERGED] = 1;
        copies[count++] = entry.copy;
    }
    const float scale = count > 1 && parts > 0 ? progress(push) / parts : 1.0f;
    for (Index e = 0; e < floats; e += W) {
        const Vector old = load(row + e);
        Vector moved{};
        for (Index k = 0; k < count; ++k) moved += load(copies[k] + e) - old;
        store(row + e, old + scale * moved);
    }
}

static void merge(const Workspace *units, int id, int members) {
    for (Index u = 0; u < BLOCK_UNITS; ++u) {
        const Copies &unit = units[u].copies;
        for (Index k = 0; k < unit.count; ++k) {
            const Copies::Entry &entry = unit.entries[unit.taken[k]];
            const auto line = reinterpret_cast<std::uintptr_t>(entry.row) / 64;
            if (static_cast<int>(line * GOLDEN >> 40) % members != id) continue;
            const float *head = header(entry.copy);
            if (head[MERGED] == 0) merge_row(units, u, entry.row, static_cast<Index>(head[FLOATS]));
        }
    }
}

}  // namespace saiki::SAIKI_LEVEL
