// What one request has set aside: its place among the requests under way, and the worst case of each of its attempts.
//
// Part of a request's state; one loop. Everything is given back at the latest by leave(): what was never settled is
// charged as reserved, since nobody knows what it cost.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "base/money.h"
#include "gateway/quota_desk.h"
#include "llm/usage.h"

namespace pointsman::gateway {

// What an answer of that usage and cost did use; each unknown stays unknown.
limits::Actual actual_of(const llm::Usage& usage, const std::optional<base::Money>& cost);

class Holds {
 public:
  Holds() = default;
  ~Holds() { leave(); }
  Holds(const Holds&) = delete;
  Holds& operator=(const Holds&) = delete;

  // The place of a request of `node`. Nothing is held before, and a request without a key never gets here.
  std::expected<void, limits::Denial> enter(QuotaDesk& desk, std::string_view node, std::string_view end_user,
                                            limits::NodeRef there);
  bool entered() const { return desk_ != nullptr; }

  // Stands for the call that sums up what was left out of the prompt, which is no attempt to answer.
  static constexpr std::size_t kSummary = static_cast<std::size_t>(-1);

  // Before the entry's attempt `attempt` is made.
  std::expected<void, limits::Denial> reserve(std::size_t attempt, const limits::Demand& demand,
                                              limits::Asked asked = limits::Asked::kNotYet);
  // When it is known what that attempt cost; once, further calls do nothing.
  void settle(std::size_t attempt, const limits::Actual& actual);
  // The same for an attempt that is settled with the place: all at once, which is cheaper. Until then it may be told
  // anew.
  void settle_on_leaving(std::size_t attempt, const limits::Actual& actual);
  // What was reserved under one number counts under another from now on.
  void renumber(std::size_t from, std::size_t to);
  // All that is still open is settled, as unknown where nothing was told, and the place given back.
  void leave();

  limits::Room room() { return desk_ != nullptr ? desk_->room(place_.node) : limits::Room(); }
  const limits::RateStandings& standings() const { return place_.standings; }
  // Over all attempts; nothing if none was reserved for, or no price was known.
  std::optional<base::Money> reserved() const { return reserved_; }
  std::optional<base::Money> charged() const { return charged_; }
  std::optional<std::int64_t> charged_tokens() const { return charged_tokens_; }

 private:
  void note(const limits::Settlement& settled);

  QuotaDesk* desk_ = nullptr;
  Place place_;
  std::vector<std::size_t> open_;       // the attempts that are not settled
  std::vector<QuotaDesk::Bill> bills_;  // of each of them
  std::optional<base::Money> reserved_;
  std::optional<base::Money> charged_;
  std::optional<std::int64_t> charged_tokens_;
};

}  // namespace pointsman::gateway
