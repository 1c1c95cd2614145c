#include "reserve.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <cstdlib>
#include <mutex>
#include <new>
#include <vector>

namespace saiki {

namespace {

constexpr Index PAGE = Index{1} << 21;      // a large page: fewer faults at the first touch
constexpr Index MOST_HELD = Index{1} << 28;  // bytes

struct Reserve {
    std::mutex mutex;
    std::vector<Block> blocks;
    Index held = 0;
};

Reserve &the_reserve() {
    static auto *reserve = new Reserve;  // lives on: tensors may outlive every destructor
    return *reserve;
}

Block new_block(Index bytes) {
    bytes = (bytes + PAGE - 1) / PAGE * PAGE;
    void *data = std::aligned_alloc(PAGE, bytes);
    if (data == nullptr) throw std::bad_alloc();
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    madvise(data, bytes, MADV_HUGEPAGE);
#endif
    return {static_cast<float *>(data), bytes};
}

}  // namespace

// Both only try the lock: who finds it taken, by another thread or by one that a fork has lost,
// does without the reserve.
Block take_block(Index bytes) {
    Reserve &reserve = the_reserve();
    const std::unique_lock lock(reserve.mutex, std::try_to_lock);
    if (!lock.owns_lock()) return new_block(bytes);
    auto best = reserve.blocks.end();
    for (auto block = reserve.blocks.begin(); block != reserve.blocks.end(); ++block)
        if (block->bytes >= bytes && block->bytes / 2 <= bytes &&
            (best == reserve.blocks.end() || block->bytes < best->bytes))
            best = block;
    if (best == reserve.blocks.end()) return new_block(bytes);
    const Block found = *best;
    reserve.held -= found.bytes;
    reserve.blocks.erase(best);
    return found;
}

void give_block(Block block) {
    Reserve &reserve = the_reserve();
    const std::unique_lock lock(reserve.mutex, std::try_to_lock);
    if (!lock.owns_lock() || block.bytes > MOST_HELD) return std::free(block.data);
    while (reserve.held + block.bytes > MOST_HELD) {  // the oldest goes
        std::free(reserve.blocks.front().data);
        reserve.held -= reserve.blocks.front().bytes;
        reserve.blocks.erase(reserve.blocks.begin());
    }
    reserve.blocks.push_back(block);
    reserve.held += block.bytes;
}

}  // namespace saiki
