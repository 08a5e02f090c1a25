#include "learn/parallel.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace pointsman::learn {

void in_parallel(int n, int threads, const std::function<void(int)>& work) {
  std::atomic<int> next = 0;
  const auto drain = [&] {
    for (int i = next++; i < n; i = next++) work(i);
  };
  std::vector<std::thread> others;
  for (int t = 1; t < std::min(n, threads); ++t) others.emplace_back(drain);
  drain();
  for (std::thread& other : others) other.join();
}

}  // namespace pointsman::learn
