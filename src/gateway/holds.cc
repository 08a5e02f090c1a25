#include "gateway/holds.h"

#include <algorithm>

namespace pointsman::gateway {

limits::Actual actual_of(const llm::Usage& usage, const std::optional<base::Money>& cost) {
  limits::Actual actual;
  if (cost) actual.nanos = cost->nanos;
  if (usage.known()) actual.tokens = *usage.input_tokens + *usage.output_tokens;
  if (cost && cost->nanos == 0 && !usage.known()) actual.tokens = 0;  // nobody was asked, or it failed
  return actual;
}

std::expected<void, limits::Denial> Holds::enter(QuotaDesk& desk, std::string_view node, std::string_view end_user,
                                                 limits::NodeRef there) {
  leave();
  reserved_.reset();
  charged_.reset();
  charged_tokens_.reset();
  auto place = desk.enter(node, end_user, there);
  if (!place) return std::unexpected(std::move(place).error());
  desk_ = &desk;
  place_ = *place;
  return {};
}

std::expected<void, limits::Denial> Holds::reserve(std::size_t attempt, const limits::Demand& demand,
                                                   limits::Asked asked) {
  if (desk_ == nullptr) return {};
  const auto id = desk_->reserve(place_.node, demand, asked);
  if (!id) return std::unexpected(id.error());
  open_.push_back(attempt);
  bills_.push_back({.id = *id, .actual = {}});
  if (demand.nanos) reserved_ = reserved_.value_or(base::Money()) + base::Money{*demand.nanos};
  return {};
}

void Holds::note(const limits::Settlement& settled) {
  if (!settled.found) return;
  charged_ = charged_.value_or(base::Money()) + base::Money{settled.nanos};
  charged_tokens_ = charged_tokens_.value_or(0) + settled.tokens;
}

void Holds::settle(std::size_t attempt, const limits::Actual& actual) {
  const auto at = std::ranges::find(open_, attempt);
  if (at == open_.end()) return;
  const auto bill = bills_.begin() + (at - open_.begin());
  note(desk_->settle(bill->id, actual));
  bills_.erase(bill);
  open_.erase(at);
}

void Holds::settle_on_leaving(std::size_t attempt, const limits::Actual& actual) {
  const auto at = std::ranges::find(open_, attempt);
  if (at != open_.end()) bills_[static_cast<std::size_t>(at - open_.begin())].actual = actual;
}

void Holds::renumber(std::size_t from, std::size_t to) {
  const auto at = std::ranges::find(open_, from);
  if (at != open_.end()) *at = to;
}

void Holds::leave() {
  if (desk_ == nullptr) return;
  desk_->leave(place_.request, bills_);
  for (const QuotaDesk::Bill& one : bills_) note(one.settled);
  bills_.clear();
  open_.clear();
  desk_ = nullptr;
  place_ = {};
}

}  // namespace pointsman::gateway
