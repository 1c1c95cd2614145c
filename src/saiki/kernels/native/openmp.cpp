#include "openmp.h"

#include <dlfcn.h>
#include <unistd.h>

namespace saiki {

namespace {

// The runtime is the one that torch brings, under a name of its own; it is found where torch
// finds it. Another one than GNU's may answer to these names too.
struct Runtime {
    using Parallel = void (*)(void (*)(void *), void *, unsigned, unsigned);
    using Count = int (*)();

    void *torch = dlopen("libtorch_cpu.so", RTLD_LAZY | RTLD_NOLOAD);
    Parallel parallel = find<Parallel>("GOMP_parallel");
    Count id = find<Count>("omp_get_thread_num");
    Count members = find<Count>("omp_get_num_threads");

    template <class Function>
    Function find(const char *name) const {
        return torch ? reinterpret_cast<Function>(dlsym(torch, name)) : nullptr;
    }
    bool is_complete() const { return parallel && id && members; }
};

struct Task {
    const Runtime *runtime;
    Work work;
    const void *what;
    Meeting meeting;
};

void take_part(void *given) {
    auto *task = static_cast<Task *>(given);
    task->work(task->what, {task->runtime->id(), task->runtime->members(), &task->meeting});
}

const pid_t parent = getpid();

}  // namespace

// The runtime's threads do not follow into a fork, and it would wait for them for ever.
bool run_on_openmp(int members, Work work, const void *what) {
    static const Runtime runtime;
    if (!runtime.is_complete() || getpid() != parent) return false;
    Task task{&runtime, work, what, {}};
    runtime.parallel(take_part, &task, static_cast<unsigned>(members), 0);
    return true;
}

}  // namespace saiki
