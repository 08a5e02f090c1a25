#include "limits/rates_elsewhere.h"

#include <algorithm>
#include <cstring>

#include "base/hash.h"

namespace pointsman::limits {
namespace {

constexpr std::chrono::seconds kQuiet{62};  // by then nothing of it counts
constexpr int kDropsAtATime = 4;            // more than come at a time, so that what is old does not pile up

}  // namespace

SharedName shared_name_of(std::string_view node) {
  const base::Sha256 digest = base::sha256(node);
  SharedName name;
  std::copy_n(digest.begin(), name.size(), name.begin());
  return name;
}

std::size_t RatesElsewhere::Hash::operator()(const SharedName& name) const {
  std::size_t hash = 0;
  std::memcpy(&hash, name.data(), sizeof hash);
  return hash;
}

void RatesElsewhere::drop_old(base::MonoTime now) {
  for (int i = 0; i < kDropsAtATime && !order_.empty() && now - order_.front().changed > kQuiet; ++i) {
    index_.erase(order_.front().name);
    order_.pop_front();
  }
}

RatesElsewhere::Entry* RatesElsewhere::entry_for(const SharedName& name, base::MonoTime now) {
  const auto known = index_.find(name);
  if (known != index_.end()) {
    order_.splice(order_.end(), order_, known->second);
    return &*known->second;
  }
  drop_old(now);
  if (index_.size() >= most_nodes_) {
    ++forgotten_;
    return nullptr;
  }
  order_.push_back({name, now, {}});
  index_.emplace(name, std::prev(order_.end()));
  return &order_.back();
}

void RatesElsewhere::add(const RateChange& change, base::MonoTime now) {
  Entry* const entry = entry_for(change.node, now);
  if (entry == nullptr) return;
  entry->changed = std::max(entry->changed, now);
  auto& window = change.kind == RateKind::kRequests ? entry->windows.requests : entry->windows.tokens;
  if (!window) window.emplace(0, now);
  window->advance(now);
  window->change(window->second() - change.age, change.amount);
}

RatesElsewhere::Windows* RatesElsewhere::find(const SharedName& node) {
  const auto known = index_.find(node);
  return known == index_.end() ? nullptr : &known->second->windows;
}

}  // namespace pointsman::limits
