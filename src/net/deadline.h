// Deadlines for many connections at almost no cost: a timing wheel per loop (Varghese & Lauck 1987, scheme 4, lazily
// re-filed), driven by one coarse timer.
//
// Setting a later deadline is a store; setting an earlier one re-links a list node. A deadline fires at most two ticks
// late and never early. Single-threaded: the wheel and its nodes belong to one loop.
#pragma once

#include <array>
#include <cstdint>

#include "base/clock.h"

namespace pointsman::net {

class DeadlineWheel;

// Derive from it; on_deadline() is called once when the deadline has passed (it is cleared first).
class DeadlineNode {
 public:
  DeadlineNode() = default;
  DeadlineNode(const DeadlineNode&) = delete;
  DeadlineNode& operator=(const DeadlineNode&) = delete;
  base::MonoTime deadline() const { return deadline_; }

 protected:
  ~DeadlineNode() { unlink(); }
  virtual void on_deadline() = 0;

 private:
  friend class DeadlineWheel;
  void unlink();
  base::MonoTime deadline_ = base::MonoTime::max();
  std::uint64_t filed_tick_ = 0;
  DeadlineWheel* wheel_ = nullptr;
  DeadlineNode* prev_ = nullptr;
  DeadlineNode* next_ = nullptr;
};

class DeadlineWheel {
 public:
  static constexpr std::chrono::milliseconds kTick{50};

  // MonoTime::max() means no deadline.
  void set(DeadlineNode& node, base::MonoTime deadline);
  // Fires what is due. Call about every kTick while !empty().
  void advance(base::MonoTime now);
  bool empty() const { return count_ == 0; }

 private:
  friend class DeadlineNode;
  static constexpr std::size_t kSlots = 1024;  // 51 s a turn; later deadlines wait in their slot and are re-filed
  static std::uint64_t tick_of(base::MonoTime time) {
    return static_cast<std::uint64_t>(time.time_since_epoch() / kTick);
  }
  void file(DeadlineNode& node, std::uint64_t tick);
  void fire_slot(std::size_t slot, base::MonoTime now);

  std::array<DeadlineNode*, kSlots> slots_{};
  std::uint64_t current_ = 0;
  std::size_t count_ = 0;
};

}  // namespace pointsman::net
