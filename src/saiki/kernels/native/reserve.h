// Large blocks of memory that go from call to call. Fresh ones cost a page fault for every 4 KiB,
// which for long sequences is a tenth of the time.
#pragma once
#include "problem.h"

namespace saiki {

struct Block {
    float *data;
    Index bytes;
};

// At least `bytes`, from the reserve where it has a block of up to twice the size.
Block take_block(Index bytes);
// Back to the reserve, or to the system where the reserve is full.
void give_block(Block block);

}  // namespace saiki
