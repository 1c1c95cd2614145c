// Threads that work on one call together. They live as long as the process and sleep in between.
#pragma once
#include <atomic>

namespace saiki {

class Meeting {  // where all members of a team wait for each other
  public:
    explicit Meeting(int members) : members_(members) {}
    void wait();

  private:
    const int members_;
    std::atomic<int> arrived_{0};
    std::atomic<int> round_{0};
};

struct Member {
    int id, members;
    Meeting *meeting;
    void wait() const {
        if (members > 1) meeting->wait();
    }
};

using Work = void (*)(const void *what, const Member &member);

// Calls `work` once for each of `members` members, in parallel. A caller that finds the threads
// busy works alone, which changes no result.
void work_together(int members, Work work, const void *what);

}  // namespace saiki
