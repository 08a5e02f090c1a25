#include "net/buffer_pool.h"

#include <utility>

namespace pointsman::net {

BufferPool& BufferPool::local() {
  thread_local BufferPool pool;
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
