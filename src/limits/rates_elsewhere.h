// What other replicas used of rates in the last minute, by the node's shared name.
//
// Pure: time is an argument. Bounded: one more node than it holds is forgotten as long as none of the known ones has
// been quiet for a minute; it is counted, for then its limit holds for each replica alone. Guarded with its tree.
#pragma once

#include <list>
#include <optional>
#include <unordered_map>

#include "limits/rate_window.h"
#include "limits/shared_rates.h"

namespace pointsman::limits {

class RatesElsewhere {
 public:
  static constexpr std::size_t kMostNodes = 32'768;

  explicit RatesElsewhere(std::size_t most_nodes = kMostNodes) : most_nodes_(most_nodes) {}

  struct Windows {
    std::optional<RateWindow> requests;
    std::optional<RateWindow> tokens;
  };

  void add(const RateChange& change, base::MonoTime now);
  // Null if nothing is known. Valid until the next add().
  Windows* find(const SharedName& node);

  std::size_t nodes() const { return index_.size(); }
  std::uint64_t forgotten() const { return forgotten_; }

 private:
  struct Entry {
    SharedName name;
    base::MonoTime changed;
    Windows windows;
  };
  using Order = std::list<Entry>;
  struct Hash {
    std::size_t operator()(const SharedName& name) const;
  };

  Entry* entry_for(const SharedName& name, base::MonoTime now);
  void drop_old(base::MonoTime now);

  std::size_t most_nodes_;
  Order order_;  // the one changed longest ago in front
  std::unordered_map<SharedName, Order::iterator, Hash> index_;
  std::uint64_t forgotten_ = 0;
};

}  // namespace pointsman::limits
