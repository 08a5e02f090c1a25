#include "admin/review_book.h"

namespace pointsman::admin {

void ReviewBook::offer(const std::string& user, const base::Uuid& decision, ReviewOffer offer) {
  const std::scoped_lock lock(mutex_);
  const auto [at, fresh] = offers_.insert_or_assign(Place(user, decision), std::move(offer));
  if (!fresh) return;
  offered_.push_back(at->first);
  if (offered_.size() <= kMost) return;
  offers_.erase(offered_.front());
  offered_.pop_front();
}

std::optional<ReviewOffer> ReviewBook::find(const std::string& user, const base::Uuid& decision) const {
  const std::scoped_lock lock(mutex_);
  const auto found = offers_.find(Place(user, decision));
  if (found == offers_.end()) return std::nullopt;
  return found->second;
}

void ReviewBook::skip(const std::string& user, const base::Uuid& decision) {
  const std::scoped_lock lock(mutex_);
  const auto [at, fresh] = skips_.emplace(user, decision);
  if (!fresh) return;
  skipped_.push_back(*at);
  if (skipped_.size() <= kMost) return;
  skips_.erase(skipped_.front());
  skipped_.pop_front();
}

std::set<base::Uuid> ReviewBook::skipped(const std::string& user) const {
  const std::scoped_lock lock(mutex_);
  std::set<base::Uuid> out;
  for (auto at = skips_.lower_bound(Place(user, base::Uuid{})); at != skips_.end() && at->first == user; ++at) {
    out.insert(at->second);
  }
  return out;
}

}  // namespace pointsman::admin
