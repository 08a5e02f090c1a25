#include "limits/quota_sharing.h"

#include <utility>

#include "limits/quota_state.h"

namespace pointsman::limits {
namespace {

// What changed in the minute since it was told; from then on it counts as told.
void tell_window(const RateWindow& own, std::unique_ptr<RateWindow>& told, RateChange change, base::MonoTime now,
                 std::vector<RateChange>& out) {
  if (!told) told = std::make_unique<RateWindow>(0, now);
  told->advance(now);
  const std::int64_t present = std::max(own.second(), told->second());
  for (std::int64_t second = present; second > present - RateWindow::kSlots; --second) {
    change.amount = own.used_in(second) - told->used_in(second);
    if (change.amount == 0) continue;
    change.age = static_cast<std::uint8_t>(present - second);
    told->change(second, change.amount);
    out.push_back(change);
  }
}

const RateWindow* advanced(std::optional<RateWindow>& window, base::MonoTime now) {
  if (!window) return nullptr;
  window->advance(now);
  return &*window;
}

}  // namespace

QuotaSharing::Told& QuotaSharing::told_of(std::uint32_t index, const QuotaNode& node) {
  if (index >= told_.size()) told_.resize(index + 1);
  Told& told = told_[index];
  if (told.generation != node.generation) {
    const bool waiting = told.waiting;
    told = Told();
    told.waiting = waiting;
    told.generation = node.generation;
    told.name = shared_name_of(node.name);
  }
  return told;
}

void QuotaSharing::touch(std::uint32_t index, const QuotaNode& node) {
  if (!node.requests && !node.tokens) return;
  Told& told = told_of(index, node);
  if (std::exchange(told.waiting, true)) return;
  changed_.push_back(index);
}

void QuotaSharing::attach(std::uint32_t index, QuotaNode& node, base::MonoTime now) {
  if (!node.requests && !node.tokens) return;
  node.shares = sharing_.alone ? sharing_.replicas : 1;
  RatesElsewhere::Windows* const heard = elsewhere_.find(told_of(index, node).name);
  node.requests_elsewhere = heard == nullptr ? nullptr : advanced(heard->requests, now);
  node.tokens_elsewhere = heard == nullptr ? nullptr : advanced(heard->tokens, now);
}

void QuotaSharing::tell(std::vector<QuotaNode>& nodes, base::MonoTime now, std::size_t most,
                        std::vector<RateChange>& out) {
  std::size_t done = 0;
  for (; done < changed_.size() && out.size() < most; ++done) {
    const std::uint32_t index = changed_[done];
    QuotaNode& node = nodes[index];
    Told& told = told_[index];
    told.waiting = false;
    if (told.generation != node.generation) continue;  // the node is gone
    RateChange change{told.name};
    if (node.requests) {
      node.requests->advance(now);
      change.kind = RateKind::kRequests;
      tell_window(*node.requests, told.requests, change, now, out);
    }
    if (node.tokens) {
      node.tokens->advance(now);
      change.kind = RateKind::kTokens;
      tell_window(*node.tokens, told.tokens, change, now, out);
    }
  }
  changed_.erase(changed_.begin(), changed_.begin() + static_cast<std::ptrdiff_t>(done));
}

void QuotaTree::share_rates(const RateSharing& sharing) {
  if (!state_->sharing) state_->sharing = std::make_unique<QuotaSharing>();
  state_->sharing->set(sharing);
}

void QuotaTree::tell_rates(base::MonoTime mono, std::size_t most, std::vector<RateChange>& out) {
  State& state = *state_;
  state.see(mono);
  if (state.sharing) state.sharing->tell(state.nodes, state.latest_mono, most, out);
}

void QuotaTree::hear_rates(std::span<const RateChange> changes, base::MonoTime mono) {
  State& state = *state_;
  state.see(mono);
  if (!state.sharing) return;
  for (const RateChange& change : changes) state.sharing->hear(change, state.latest_mono);
}

}  // namespace pointsman::limits
