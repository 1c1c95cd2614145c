// A problem that owns its own list of rows, and a stack of them that steps through a stream.
#pragma once
#include <vector>

#include "problem.h"

namespace saiki {

struct Call : Problem {
    Call() : Problem{} {}
    Call(const Call &) = delete;

    // Sorts the sequences, longest first, equal ones in their order; null: all have every step.
    void sort(const Index *lengths);

  private:
    std::vector<Index> order_, length_, live_, offset_;
};

const std::vector<const Level *> &levels();  // that this build has and this processor runs

}  // namespace saiki
