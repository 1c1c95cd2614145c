// Numbers that depend on (seed, epoch, purpose, position) alone: nothing is carried along.
#pragma once
#include "job.h"

#define FORCED static inline __attribute__((always_inline))

namespace saiki::vectors {

enum class Purpose : std::uint64_t { token, negatives, document_negatives };

constexpr std::uint64_t GOLDEN = 0x9e3779b97f4a7c15;

// SplitMix64: Steele, Lea, Flood 2014, figure 17.
FORCED std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

FORCED std::uint64_t key_of(std::uint64_t seed, Index epoch, Purpose purpose) {
    const std::uint64_t of_epoch = mix(mix(seed + GOLDEN) + static_cast<std::uint64_t>(epoch));
    return mix(of_epoch + GOLDEN * (1 + static_cast<std::uint64_t>(purpose)));
}

FORCED std::uint64_t draw(std::uint64_t key, Index position) {
    return mix(key + GOLDEN * static_cast<std::uint64_t>(position));
}

FORCED std::int32_t draw_word(const AliasEntry *noise, Index count, std::uint64_t bits) {
    const auto column = static_cast<std::int32_t>((bits >> 32) * count >> 32);
    const AliasEntry entry = noise[column];
    return static_cast<std::uint32_t>(bits) < entry.limit ? column : entry.other;
}

}  // namespace saiki::vectors
