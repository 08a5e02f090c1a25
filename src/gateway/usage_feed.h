// What a worker tells of the prompts that upstreams have counted: pairs of our measure and the tokens reported.
//
// One for each worker; note() belongs to it, take() to the one listener, which may be another thread. No locks, and no
// memory but its own: where the listener is slow pairs are left out, since a sample teaches as well.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "tokens/token_ratios.h"

namespace pointsman::gateway {

struct UsagePair {
  std::uint32_t identity = 0;  // route::Market::identity of the model
  tokens::Measure measure = tokens::Measure::kO200k;
  std::int64_t measured = 0;
  std::int64_t reported = 0;
};

class UsageFeed {
 public:
  static constexpr std::size_t kPairs = 1024;

  void note(const UsagePair& pair) {
    const std::uint64_t end = end_.load(std::memory_order_relaxed);
    if (end - begin_.load(std::memory_order_acquire) == kPairs) return;
    pairs_[end % kPairs] = pair;
    end_.store(end + 1, std::memory_order_release);
  }

  // Calls `each` for what came since the last time, oldest first.
  template <class Each>
  void take(Each each) {
    std::uint64_t begin = begin_.load(std::memory_order_relaxed);
    const std::uint64_t end = end_.load(std::memory_order_acquire);
    for (; begin != end; ++begin) each(pairs_[begin % kPairs]);
    begin_.store(begin, std::memory_order_release);
  }

 private:
  std::array<UsagePair, kPairs> pairs_{};
  alignas(64) std::atomic<std::uint64_t> begin_{0};  // of the listener
  alignas(64) std::atomic<std::uint64_t> end_{0};    // of the worker
};

}  // namespace pointsman::gateway
