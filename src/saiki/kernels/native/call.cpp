#include "call.h"

#include <algorithm>
#include <numeric>

namespace saiki {

void Call::sort(const Index *lengths) {
    order_.resize(batch), length_.resize(batch), live_.resize(steps), offset_.resize(steps + 1);
    std::iota(order_.begin(), order_.end(), Index{0});
    const auto length = [&](Index b) { return lengths ? lengths[b] : steps; };
    if (lengths)
        std::stable_sort(order_.begin(), order_.end(),
                         [&](Index a, Index b) { return length(a) > length(b); });
    std::transform(order_.begin(), order_.end(), length_.begin(), length);
    offset_[0] = 0;
    for (Index t = 0, rows = batch; t < steps; ++t) {
        while (rows > 0 && length_[rows - 1] <= t) --rows;
        live_[t] = rows;
        offset_[t + 1] = offset_[t] + rows;
    }
    rows = {order_.data(), length_.data(), live_.data(), offset_.data()};
}

#if defined(__x86_64__)
namespace avx512 { extern const Level LEVEL; }
namespace avx2 { extern const Level LEVEL; }
#endif
namespace portable { extern const Level LEVEL; }

const std::vector<const Level *> &levels() {
    static const std::vector<const Level *> found = [] {
        std::vector<const Level *> all;
#if defined(__x86_64__)
        __builtin_cpu_init();
        if (__builtin_cpu_supports("x86-64-v4")) all.push_back(&avx512::LEVEL);
        if (__builtin_cpu_supports("x86-64-v3")) all.push_back(&avx2::LEVEL);
#endif
        all.push_back(&portable::LEVEL);
        return all;
    }();
    return found;
}

}  // namespace saiki
