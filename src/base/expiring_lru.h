// A bounded map that forgets: what was used longest ago makes room, and nothing is given back after its time.
//
// Pure: time is an argument. One thread. Capacity 0 keeps nothing.
#pragma once

#include <cstddef>
#include <list>
#include <unordered_map>
#include <utility>

#include "base/clock.h"

namespace pointsman::base {

template <class Key, class Value, class Hash = std::hash<Key>>
class ExpiringLru {
 public:
  ExpiringLru(std::size_t capacity, Duration time_to_live) : capacity_(capacity), time_to_live_(time_to_live) {}

  // Null if it is not there or too old. Valid until the next call that is not const.
  const Value* find(const Key& key, MonoTime now) {
    const auto at = index_.find(key);
    if (at == index_.end()) return nullptr;
    if (now - at->second->since >= time_to_live_) {
      order_.erase(at->second);
      index_.erase(at);
      return nullptr;
    }
    order_.splice(order_.begin(), order_, at->second);
    return &at->second->value;
  }

  // Replaces what is there under the same key.
  void put(const Key& key, Value value, MonoTime now) {
    if (capacity_ == 0) return;
    if (const auto at = index_.find(key); at != index_.end()) {
      order_.erase(at->second);
      index_.erase(at);
    }
    if (order_.size() == capacity_) {
      index_.erase(order_.back().key);
      order_.pop_back();
    }
    order_.push_front({key, std::move(value), now});
    index_.emplace(key, order_.begin());
  }

  std::size_t size() const { return order_.size(); }

 private:
  struct Item {
    Key key;
    Value value;
    MonoTime since;
  };
  std::size_t capacity_;
  Duration time_to_live_;
  std::list<Item> order_;  // the one used last in front
  std::unordered_map<Key, typename std::list<Item>::iterator, Hash> index_;
};

}  // namespace pointsman::base
