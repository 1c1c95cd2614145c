#include "host.h"

namespace saiki {

#if defined(__x86_64__)
namespace avx512 { extern const vectors::Level VECTORS; }
namespace avx2 { extern const vectors::Level VECTORS; }
#endif
namespace portable { extern const vectors::Level VECTORS; }

namespace vectors {

const std::vector<const Level *> &levels() {
    static const std::vector<const Level *> found = [] {
        std::vector<const Level *> all;
#if defined(__x86_64__)
        __builtin_cpu_init();
        if (__builtin_cpu_supports("x86-64-v4")) all.push_back(&avx512::VECTORS);
        if (__builtin_cpu_supports("x86-64-v3")) all.push_back(&avx2::VECTORS);
#endif
        all.push_back(&portable::VECTORS);
        return all;
    }();
    return found;
}

}  // namespace vectors
}  // namespace saiki
