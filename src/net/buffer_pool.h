// Receive buffers that connections borrow while they are busy and give back while they are idle (I10).
//
// One pool per thread (thread_local); keeps a bounded number of free blocks.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace pointsman::net {

inline constexpr std::size_t kBlockSize = 16 * 1024;

class BufferPool {
 public:
  static std::unique_ptr<char[]> take();
  static void give(std::unique_ptr<char[]> block);

 private:
  static constexpr std::size_t kMaxFree = 64;
  std::vector<std::unique_ptr<char[]>> free_;
  static BufferPool& local();
};

}  // namespace pointsman::net
