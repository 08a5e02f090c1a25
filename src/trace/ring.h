// Records on their way from the worker that fills them to the thread that sends them: bounded, and neither side ever
// waits.
//
// One thread fills (slot, commit), one empties (front, pop); the places are used again, with the memory that their
// strings have. Nothing is allocated before the first record, and a ring that is full refuses more.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <memory>

#include "trace/record.h"

namespace pointsman::trace {

class Ring {
 public:
  static constexpr std::size_t kCapacity = 4'096;

  explicit Ring(std::size_t capacity = kCapacity) : mask_(std::bit_ceil(capacity) - 1) {}
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  // Of the thread that fills: a place to fill in, or null if there is none. What is in it is left from before.
  Record* slot() {
    const std::size_t head = head_.load(std::memory_order_relaxed);
    if (head - seen_tail_ > mask_) {
      seen_tail_ = tail_.load(std::memory_order_acquire);
      if (head - seen_tail_ > mask_) return nullptr;
    }
    if (!places_) places_ = std::make_unique<Record[]>(mask_ + 1);
    return &places_[head & mask_];
  }
  // What slot() gave is complete.
  void commit() { head_.store(head_.load(std::memory_order_relaxed) + 1, std::memory_order_release); }

  // Of the thread that empties: the oldest record, or null.
  const Record* front() const {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    if (head_.load(std::memory_order_acquire) == tail) return nullptr;
    return &places_[tail & mask_];
  }
  void pop() { tail_.store(tail_.load(std::memory_order_relaxed) + 1, std::memory_order_release); }

 private:
  const std::size_t mask_;
  std::unique_ptr<Record[]> places_;  // made by the first slot(), before the first commit()
  alignas(64) std::atomic<std::size_t> head_{0};
  std::size_t seen_tail_ = 0;  // of the thread that fills
  alignas(64) std::atomic<std::size_t> tail_{0};
};

}  // namespace pointsman::trace
