// What a recurrence is asked to do: one layer, one direction. Shared by all instruction levels.
#pragma once
#include <cstdint>

#include "softmax.h"

namespace saiki {

using Index = std::int64_t;

enum class Cell : int { rnn, gru_after, gru_before, lstm };
enum class Activation : int { identity, leaky_relu, relu, sigmoid, softmax, step, swish, tanh };
enum class Stage : int { carousel, input_output_gates, forget_gate };

// Parameters in torch's layout, or their gradients; null where the layer has none.
template <class Float>
struct Parameters {
    Float *weight_ih, *weight_hh, *bias_ih, *bias_hh, *peephole;
    Float *norm_ih, *norm_hh, *norm_cell, *norm_cell_bias;
};

// A tensor (T, B, F) whose last axis is contiguous.
template <class Float>
struct Steps {
    Float *data;
    Index step, row;
    Float *at(Index t, Index b) const { return data + t * step + b * row; }
};

// Sequences sorted from the longest to the shortest; their real steps packed one after the other.
struct Rows {
    const Index *order;   // (B) which sequence each row is
    const Index *length;  // (B) of each row, never growing
    const Index *live;    // (T) how many rows each step has
    const Index *offset;  // (T + 1) the first packed row of each step
};

struct Problem {
    Cell cell;
    Activation activation;  // of an RNN; of an LSTM's output, tanh or identity
    Stage stage;
    bool reverse, training, packed;  // packed: the work buffer already holds the packed weights
    Index steps, batch, inputs, hidden;
    int threads;
    Rows rows;
    Parameters<const float> weights;
    const float *mask;  // (B, H) on h in the recurrent products, or null
    Steps<const float> x;
    const float *first_h, *first_c;  // (B, H)
    Steps<float> y;
    float *last_h, *last_c;  // (B, H)
    float *saved, *work;     // sizes from `measure`
    // Backward only.
    Steps<const float> dy;
    const float *dlast_h, *dlast_c;
    Steps<float> dx;  // data null: not wanted
    bool adds;        // to what dx holds already
    float *dfirst_h, *dfirst_c;
    Parameters<float> gradients;  // all of those that `weights` has
};

enum class Place : int { slot0, slot1, slot2, slot3, h, c };

struct Sizes {
    Index saved, forward, backward;  // in floats
};

// One instruction level's code; every function is compiled once a level.
struct Level {
    const char *name;
    Sizes (*measure)(const Problem &);
    void (*forward)(const Problem &);
    void (*backward)(const Problem &);
    // The kept numbers of one place to `to`, zero in padding; a slot of the sums, or the states.
    void (*show)(const Problem &, Place, Steps<float> to);
    void (*softmax)(const Logits &);
    void (*apply)(Activation, const float *x, float *y, Index count);  // for the tests
};

}  // namespace saiki
