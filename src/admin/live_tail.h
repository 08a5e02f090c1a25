// Decisions as they are recorded, for those who watch: each worker's sink tells of every entry, and whoever sits at the
// tail gets those that fit his filter.
//
// One tail per process; safe from any thread. While nobody watches, an entry costs one relaxed load. A seat belongs to
// one loop: its rows come from any thread, and its wake-up is called on the thread that brought one.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "ledger/store.h"

namespace pointsman::admin {

// What a watcher has not read yet.
class Seat {
 public:
  static constexpr std::size_t kMost = 1000;  // rows; beyond that they are left out and counted

  struct Row {
    std::string id;
    std::string json;
  };
  struct News {
    std::vector<Row> rows;
    std::size_t missed = 0;  // left out before the first of them
  };

  Seat(ledger::Filter filter, std::function<void()> wake) : filter_(std::move(filter)), wake_(std::move(wake)) {}
  // Empties it.
  News take();

 private:
  friend class LiveTail;
  void put(const Row& row);

  const ledger::Filter filter_;
  const std::function<void()> wake_;
  std::mutex mutex_;
  std::deque<Row> rows_;
  std::size_t missed_ = 0;
};

class LiveTail {
 public:
  static constexpr std::size_t kSeats = 32;

  // Null: all seats are taken. Whoever lets go of the seat leaves.
  std::shared_ptr<Seat> sit(ledger::Filter filter, std::function<void()> wake);
  void publish(const ledger::Entry& entry);

 private:
  std::atomic<bool> watched_{false};
  std::mutex mutex_;
  std::vector<std::weak_ptr<Seat>> seats_;
};

// A sink that tells the tail of what it passes on. One for each worker; both outlive it.
class WatchedSink final : public ledger::Sink {
 public:
  WatchedSink(ledger::Sink& sink, LiveTail& tail) : sink_(sink), tail_(tail) {}
  base::Result<void> reserve() override { return sink_.reserve(); }
  void release() override { sink_.release(); }
  void append(const ledger::Entry& entry) override {
    sink_.append(entry);
    tail_.publish(entry);
  }

 private:
  ledger::Sink& sink_;
  LiveTail& tail_;
};

}  // namespace pointsman::admin
