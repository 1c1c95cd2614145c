// Threads that work on one call together. They live as long as the process and sleep in between.
#pragma once
#include <atomic>

namespace saiki {

class Meeting {  // where all members of a team wait for each other
  public:
    void wait(int members);

  private:
    std::atomic<int> arrived_{0};
    std::atomic<int> round_{0};
};

struct Member {
    int id, members;
    Meeting *meeting;
    void wait() const {
        if (members > 1) meeting->wait(members);
    }
};

using Work = void (*)(const void *what, const Member &member);

// Calls `work` once for each of `members` members, in parallel. A caller that finds the threads
// busy works alone, which changes no result.
void work_together(int members, Work work, const void *what);

// From now on another runtime's threads do the work; it returns false where they cannot.
using Lend = bool (*)(int members, Work work, const void *what);
void borrow_threads(Lend lend);

}  // namespace saiki
