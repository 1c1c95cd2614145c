// Weight matrices (gates, columns) in torch's layout to panels, by slots of the sums.
#pragma once
#include "plan.h"
#include "team.h"

namespace saiki::SAIKI_LEVEL {

// Which rows of a stacked matrix a product takes: `count` slots of H rows, slot k being `gate[k]`.
struct Slots {
    Index count, gate[4];
};

INLINE Slots input_slots(const Shape &s) {
    Slots slots{s.inputs, {}};
    for (Index k = 0; k < s.inputs; ++k) slots.gate[k] = s.input_gate(k);
    return slots;
}

INLINE Slots recurrent_slots(const Shape &s, Index first, Index count) {
    Slots slots{count, {}};
    for (Index k = 0; k < count; ++k) slots.gate[k] = s.recurrent_gate(first + k);
    return slots;
}

// For x W^T: B[k][slot, unit] = matrix[gate * H + unit][k], k < depth.
static void pack_transposed(float *to, const float *matrix, Index depth, const Slots &slots,
                            const Shape &s, const Member &member) {
    const Right b{to, depth, slots.count * s.Hp};
    const Range mine = share(b.columns, W, member.id, member.members);
    for (Index n = mine.begin; n < mine.end; n += W) {
        const Index unit = n % s.Hp, row = slots.gate[n / s.Hp] * s.H + unit;
        pack_across(to + n / PANEL * PANEL * depth + n % PANEL, b.width(n / PANEL),
                    matrix + row * depth, depth, depth, smaller(W, s.H - unit));
    }
}

// For d W: B[slot, unit][n] = matrix[gate * H + unit][n], n < columns.
static void pack_straight(float *to, const float *matrix, Index columns, const Slots &slots,
                          const Shape &s, const Member &member) {
    const Right b{to, slots.count * s.H, round_up(columns)};
    const Range mine = share(b.panels(), 1, member.id, member.members);
    for (Index p = mine.begin; p < mine.end; ++p) {
        const Index width = b.width(p), real = smaller(width, columns - p * PANEL);
        float *row = to + p * PANEL * b.depth;
        for (Index k = 0; k < slots.count; ++k)
            for (Index unit = 0; unit < s.H; ++unit, row += width)
                copy_row(row, matrix + (slots.gate[k] * s.H + unit) * columns + p * PANEL, real,
                         width);
    }
}

}  // namespace saiki::SAIKI_LEVEL
