#include "team.h"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

namespace saiki {

namespace {

std::atomic<Lend> lender{nullptr};
constexpr int PATIENCE = 4000;  // turns before a waiting thread lets others run

template <class Condition>
void spin_until(Condition is_met) {
    for (int turn = 0; !is_met(); ++turn) {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
        if (turn > PATIENCE) std::this_thread::yield();
    }
}

class Pool {
  public:
    void run(int members, Work work, const void *what) {
        const Lend lend = lender.load();
        if (lend != nullptr && lend(members, work, what)) return;
        recruit(members - 1);
        members = std::min(members, helpers_ + 1);
        Meeting meeting;
        work_ = work, what_ = what, members_ = members, meeting_ = &meeting;
        busy_.store(helpers_);
        call_.fetch_add(1);
        call_.notify_all();
        work(what, {0, members, &meeting});
        spin_until([this] { return busy_.load() == 0; });
    }

    const pid_t process = getpid();
    std::mutex mutex;

  private:
    // Threads are never joined: they end with the process. Where the system gives no more of
    // them, fewer do the work.
    void recruit(int helpers) {
        try {
            while (helpers_ < helpers) {
                std::thread(&Pool::help, this, helpers_ + 1, call_.load()).detach();
                ++helpers_;
            }
        } catch (const std::system_error &) {
        }
    }

    void help(int id, int seen) {
        for (;; ++seen) {
            for (int turn = 0; call_.load() == seen && turn < PATIENCE; ++turn) {
#if defined(__x86_64__)
                __builtin_ia32_pause();
#endif
            }
            call_.wait(seen);
            if (id < members_) work_(what_, {id, members_, meeting_});
            busy_.fetch_sub(1);
        }
    }

    int helpers_ = 0, members_ = 0;
    Work work_ = nullptr;
    const void *what_ = nullptr;
    Meeting *meeting_ = nullptr;
    std::atomic<int> call_{0}, busy_{0};
};

// Without a lock, which a fork could copy while it is held; a fork has no threads of the pool.
Pool *the_pool() {
    static std::atomic<Pool *> the{nullptr};
    Pool *pool = the.load();
    while (pool == nullptr || pool->process != getpid()) {
        auto mine = std::make_unique<Pool>();
        if (the.compare_exchange_strong(pool, mine.get())) return mine.release();
    }
    return pool;
}

}  // namespace

void borrow_threads(Lend lend) { lender.store(lend); }

void Meeting::wait(int members) {
    const int round = round_.load();
    if (arrived_.fetch_add(1) == members - 1) {
        arrived_.store(0);
        round_.fetch_add(1);
    } else {
        spin_until([&] { return round_.load() != round; });
    }
}

void work_together(int members, Work work, const void *what) {
    Pool *pool = members > 1 ? the_pool() : nullptr;
    std::unique_lock<std::mutex> lock;
    if (pool != nullptr) lock = std::unique_lock(pool->mutex, std::try_to_lock);
    if (lock.owns_lock()) return pool->run(members, work, what);
    Meeting alone;
    work(what, {0, 1, &alone});
}

}  // namespace saiki
