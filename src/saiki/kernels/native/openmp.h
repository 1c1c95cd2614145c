// Threads of the OpenMP runtime that torch computes with. Between two parallel regions they spin
// for a while: threads of our own beside them would wait for a core.
#pragma once
#include "team.h"

namespace saiki {

bool run_on_openmp(int members, Work work, const void *what);

}  // namespace saiki
