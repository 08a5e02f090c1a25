#include "net/deadline.h"

#include <algorithm>

namespace pointsman::net {

void DeadlineNode::unlink() {
  if (wheel_ == nullptr) return;
  if (prev_ != nullptr) {
    prev_->next_ = next_;
  } else {
    wheel_->slots_[filed_tick_ % DeadlineWheel::kSlots] = next_;
  }
  if (next_ != nullptr) next_->prev_ = prev_;
  --wheel_->count_;
  wheel_ = nullptr;
  prev_ = nullptr;
  next_ = nullptr;
}

void DeadlineWheel::set(DeadlineNode& node, base::MonoTime deadline) {
  node.deadline_ = deadline;
  if (deadline == base::MonoTime::max()) return;  // stays filed; the slot finds it has none and drops it
  const std::uint64_t tick = tick_of(deadline) + 1;
  if (node.wheel_ != nullptr && node.filed_tick_ <= tick) return;
  node.unlink();
  file(node, tick);
}

void DeadlineWheel::file(DeadlineNode& node, std::uint64_t tick) {
  // Beyond one turn the node is looked at early and filed again; before the current tick it is looked at next.
  tick = std::clamp(tick, current_ + 1, current_ + kSlots - 1);
  node.filed_tick_ = tick;
  DeadlineNode*& head = slots_[tick % kSlots];
  node.wheel_ = this;
  node.prev_ = nullptr;
  node.next_ = head;
  if (head != nullptr) head->prev_ = &node;
  head = &node;
  ++count_;
}

void DeadlineWheel::fire_slot(std::size_t slot, base::MonoTime now) {
  // Callbacks may unlink, file or destroy any node, so the slot is drained from its head. A node that is not yet due is
  // filed again at a later tick, which is never this slot.
  while (DeadlineNode* node = slots_[slot]) {
    node->unlink();
    if (node->deadline_ == base::MonoTime::max()) continue;
    if (node->deadline_ > now) {
      file(*node, tick_of(node->deadline_) + 1);
      continue;
    }
    node->deadline_ = base::MonoTime::max();
    node->on_deadline();
  }
}

void DeadlineWheel::advance(base::MonoTime now) {
  const std::uint64_t target = tick_of(now);
  if (current_ + kSlots < target) current_ = target - kSlots;  // after a long pause every slot is visited once
  while (current_ < target) {
    ++current_;
    fire_slot(current_ % kSlots, now);
  }
}

}  // namespace pointsman::net
