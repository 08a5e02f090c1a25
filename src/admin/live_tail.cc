#include "admin/live_tail.h"

#include <algorithm>
#include <optional>

#include "admin/decision_row.h"
#include "json/writer.h"
#include "ledger/filter.h"

namespace pointsman::admin {

Seat::News Seat::take() {
  const std::scoped_lock lock(mutex_);
  News out;
  out.rows.assign(std::make_move_iterator(rows_.begin()), std::make_move_iterator(rows_.end()));
  out.missed = std::exchange(missed_, 0);
  rows_.clear();
  return out;
}

void Seat::put(const Row& row) {
  {
    const std::scoped_lock lock(mutex_);
    rows_.push_back(row);
    if (rows_.size() > kMost) {
      rows_.pop_front();
      ++missed_;
    }
    if (rows_.size() > 1) return;  // it was woken for the first
  }
  wake_();
}

std::shared_ptr<Seat> LiveTail::sit(ledger::Filter filter, std::function<void()> wake) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(seats_, [](const auto& seat) { return seat.expired(); });
  if (seats_.size() >= kSeats) return nullptr;
  auto seat = std::make_shared<Seat>(std::move(filter), std::move(wake));
  seats_.push_back(seat);
  watched_.store(true, std::memory_order_relaxed);
  return seat;
}

void LiveTail::publish(const ledger::Entry& entry) {
  if (!watched_.load(std::memory_order_relaxed)) return;
  std::vector<std::shared_ptr<Seat>> wanting;
  {
    const std::scoped_lock lock(mutex_);
    std::erase_if(seats_, [](const auto& seat) { return seat.expired(); });
    if (seats_.empty()) watched_.store(false, std::memory_order_relaxed);
    for (const auto& one : seats_) {
      auto seat = one.lock();
      if (seat && ledger::matches(seat->filter_, entry)) wanting.push_back(std::move(seat));
    }
  }
  if (wanting.empty()) return;
  Seat::Row row{.id = entry.id.to_string(), .json = {}};
  {
    json::Writer json(row.json);
    write_decision_row(json, entry, std::nullopt);
  }
  for (const auto& seat : wanting) seat->put(row);
}

}  // namespace pointsman::admin
