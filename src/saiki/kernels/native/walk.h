// A whole call, as each member of a team runs it: chunk after chunk, step after step.
#pragma once
#include "finish.h"
#include "input.h"

namespace saiki::SAIKI_LEVEL {

// `Unit` is a cell: Unit::step(forward) takes all own rows through one step.
template <class Unit>
static void run_forward(const void *what, const Member &member) {
    Forward f(*static_cast<const Problem *>(what), member);
    const Problem &p = f.p;
    if (!p.packed) pack_weights(f);
    if (p.mask) member.wait();  // the first member has padded the mask for all
    f.begin();
    for (Index step = 0; step < p.steps;) {
        Index end = step, rows = 0;
        while (end < p.steps && rows < FORWARD_ROWS) rows += p.rows.live[f.time(end++)];
        member.wait();
        project(f, step, end);
        member.wait();
        for (; step < end; ++step) {
            f.t = f.time(step), f.live = p.rows.live[f.t], f.first = p.rows.offset[f.t];
            Unit::step(f);
            f.together();
        }
    }
    f.end();
}

// `Unit` is a cell: Unit::step_back(backward) takes all own rows back through one step.
template <class Unit>
static void run_backward(const void *what, const Member &member) {
    Backward b(*static_cast<const Problem *>(what), member);
    const Problem &p = b.p;
    b.begin();
    member.wait();
    for (Index step = p.steps; step > 0;) {
        Index begin = step, rows = 0;
        while (begin > 0 && rows < BACKWARD_ROWS) rows += p.rows.live[b.time(--begin)];
        const Index low = p.reverse ? b.time(step - 1) : begin;
        const Index high = (p.reverse ? b.time(begin) : step - 1) + 1;
        b.base = p.rows.offset[low];
        const Gradients gradients{.b = b, .low = low, .high = high, .base = b.base,
                                  .count = p.rows.offset[high] - b.base, .is_first = step == p.steps};
        while (step > begin) {
            b.t = b.time(--step), b.live = p.rows.live[b.t], b.first = p.rows.offset[b.t];
            Unit::step_back(b);
        }
        member.wait();
        gradients.add();
    }
    b.end();
    give_gradients(b);
}

}  // namespace saiki::SAIKI_LEVEL
