#include "net/buffer_pool.h"

#include <utility>

namespace pointsman::net {

BufferPool& BufferPool::local() {
  // Blocks come back in destructors, where nothing may ask for memory.
  thread_local BufferPool pool = [] {
    BufferPool made;
    made.free_.reserve(kMaxFree);
    return made;
  }();
  return pool;
}

std::unique_ptr<char[]> BufferPool::take() {
  BufferPool& pool = local();
  if (pool.free_.empty()) return std::unique_ptr<char[]>(new char[kBlockSize]);
  auto block = std::move(pool.free_.back());
  pool.free_.pop_back();
  return block;
}

void BufferPool::give(std::unique_ptr<char[]> block) {
  BufferPool& pool = local();
  if (block && pool.free_.size() < kMaxFree) pool.free_.push_back(std::move(block));
}

}  // namespace pointsman::net
