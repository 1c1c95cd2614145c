// The most fused multiply-adds that one core does: independent chains that never leave registers.
#include <cstdio>
#include <ctime>

#if defined(__AVX512F__)
constexpr int bytes = 64;
#elif defined(__AVX__)
constexpr int bytes = 32;
#else
constexpr int bytes = 16;
#endif

typedef float Vector __attribute__((vector_size(bytes)));

constexpr int chains = 12;  // more than latency times units of any processor so far
constexpr long repeats = 2'000'000;
constexpr int rounds = 25;

static double seconds() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec + 1e-9 * now.tv_nsec;
}

int main() {
  Vector sum[chains] = {};
  Vector factor = {}, term = {};
  factor += 0.5f;
  term += 1.0f;
  double best = 0;
  for (int round = 0; round < rounds; ++round) {
    const double before = seconds();
    for (long k = 0; k < repeats; ++k) {
#pragma GCC unroll 12
      for (int i = 0; i < chains; ++i) {
        sum[i] = sum[i] * factor + term;
#if defined(__x86_64__)
        asm volatile("" : "+v"(sum[i]));
#else
        asm volatile("" : "+w"(sum[i]));
#endif
      }
    }
    const double work = 2.0 * repeats * chains * (bytes / sizeof(float));
    const double rate = work / (seconds() - before) / 1e9;
    if (rate > best) best = rate;
  }
  std::printf("%.2f\n", best);
}
