// The one matrix product that all cells share: C = start + A B, B packed in panels.
//
// A panel is `TILE_COLUMNS` vectors wide (the last may be narrower) and holds its part of B row
// after row, so that the inner loop reads it from end to end. A tile of at most TILE_ROWS x
// TILE_COLUMNS vectors of C stays in registers over the whole depth. Every number of C is summed in
// the order of the depth, whatever the tile: results do not depend on how rows are shared out.
#pragma once
#include "vector.h"

namespace saiki::SAIKI_LEVEL {

constexpr Index TILE_ROWS = 6;
constexpr Index TILE_COLUMNS = SAIKI_TILE_COLUMNS;
constexpr Index PANEL = TILE_COLUMNS * W;

// Element (m, k) of part s lies at data[m * row + s * part + k * step].
struct Left {
    const float *data;
    Index row, step, parts, part, depth;  // depth: of one part
};

struct Right {
    const float *data;
    Index depth, columns;  // depth: of all parts; columns: a multiple of W
    Index panels() const { return (columns + PANEL - 1) / PANEL; }
    const float *panel(Index k) const { return data + k * PANEL * depth; }
    Index width(Index k) const { return smaller(columns - k * PANEL, PANEL); }
};

// What the sums start from: null is zero; row 0 is one row for all.
struct Start {
    const float *data;
    Index row;
};

template <int R, int N>
static void tile(const Left &a, const float *from, const float *b, Start start, float *c, Index row) {
    Vector total[R][N];
    for (int r = 0; r < R; ++r)
        for (int n = 0; n < N; ++n)
            total[r][n] = start.data ? load(start.data + r * start.row + n * W) : Vector{};
    for (Index s = 0; s < a.parts; ++s) {
        const float *p = from + s * a.part;
        for (Index k = 0; k < a.depth; ++k, p += a.step, b += N * W) {
            Vector right[N];
#pragma GCC unroll 8
            for (int n = 0; n < N; ++n) right[n] = load(b + n * W);
#pragma GCC unroll 8
            for (int r = 0; r < R; ++r) {
                const Vector left = all(p[r * a.row]);
#pragma GCC unroll 8
                for (int n = 0; n < N; ++n) total[r][n] += left * right[n];
            }
        }
    }
    for (int r = 0; r < R; ++r)
        for (int n = 0; n < N; ++n) store(c + r * row + n * W, total[r][n]);
}

using Tile = void (*)(const Left &, const float *, const float *, Start, float *, Index);

#define ROWS(n) \
    { tile<1, n>, tile<2, n>, tile<3, n>, tile<4, n>, tile<5, n>, tile<6, n> }
#if SAIKI_TILE_COLUMNS == 4
static constexpr Tile TILES[][TILE_ROWS] = {ROWS(1), ROWS(2), ROWS(3), ROWS(4)};
#else
static constexpr Tile TILES[][TILE_ROWS] = {ROWS(1), ROWS(2)};
#endif
#undef ROWS

// C[m][n] = start[m][n] + sum over k of A[m][k] B[k][n], for `rows` rows and some of the panels.
static void product(const Left &a, Index rows, const Right &b, Range panels, Start start, float *c,
                    Index c_row) {
    const Index blocks = (rows + TILE_ROWS - 1) / TILE_ROWS;
    for (Index p = panels.begin; p < panels.end; ++p) {
        const Tile *tiles = TILES[b.width(p) / W - 1];
        for (Index k = 0; k < blocks; ++k) {
            const Index m = rows * k / blocks, count = rows * (k + 1) / blocks - m;
            const float *from = start.data ? start.data + m * start.row + p * PANEL : nullptr;
            tiles[count - 1](a, a.data + m * a.row, b.panel(p), {from, start.row},
                             c + m * c_row + p * PANEL, c_row);
        }
    }
}

// Packs columns [n, n + W) of a panel from rows of memory: B[k][n] = from[n * row + k].
static void pack_across(float *to, Index width, const float *from, Index row, Index depth,
                        Index columns) {
    for (Index k = 0; k < depth; k += W)
        for (Index n = 0; n < columns; ++n)
            for (Index j = k; j < smaller(k + W, depth); ++j) to[j * width + n] = from[n * row + j];
    for (Index k = 0; k < depth; ++k)
        for (Index n = columns; n < W; ++n) to[k * width + n] = 0;
}

}  // namespace saiki::SAIKI_LEVEL
