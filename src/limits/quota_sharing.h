// A quota tree's side of rates that replicas share: which nodes changed since they were last told of, and what was
// heard of each.
//
// Only the quota_*.cc files use it; guarded with its tree, which has one only while it shares. Nodes are known by their
// index and generation, so that a place that another node took over begins anew.
#pragma once

#include <vector>

#include "limits/quota_node.h"
#include "limits/rates_elsewhere.h"

namespace pointsman::limits {

class QuotaSharing {
 public:
  void set(const RateSharing& sharing) { sharing_ = sharing; }

  // Something was used, or turned out to be less: the node is told of next time.
  void touch(std::uint32_t index, const QuotaNode& node);
  // Shows the node what was heard of its rates; valid until the next hear().
  void attach(std::uint32_t index, QuotaNode& node, base::MonoTime now);
  // Appends what is not told yet, of whole nodes, until there are `most` or more; the rest is for next time.
  void tell(std::vector<QuotaNode>& nodes, base::MonoTime now, std::size_t most, std::vector<RateChange>& out);
  void hear(const RateChange& change, base::MonoTime now) { elsewhere_.add(change, now); }
  const RatesElsewhere& elsewhere() const { return elsewhere_; }

 private:
  struct Told {
    std::uint32_t generation = 0;  // 0: of no node
    bool waiting = false;          // among those that changed
    SharedName name{};
    std::unique_ptr<RateWindow> requests;  // as they were told; null: nothing was
    std::unique_ptr<RateWindow> tokens;
  };
  Told& told_of(std::uint32_t index, const QuotaNode& node);

  RateSharing sharing_;
  RatesElsewhere elsewhere_;
  std::vector<Told> told_;              // by the node's index
  std::vector<std::uint32_t> changed_;  // indexes
};

}  // namespace pointsman::limits
