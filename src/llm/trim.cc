#include "llm/trim.h"

#include <algorithm>
#include <cassert>

namespace pointsman::llm {
namespace {

// Items are appended one by one; the cut only moves forwards, so a whole replay is linear.
class Replay {
 public:
  Replay(const Outline& outline, const TrimCounts& counts, const TrimRules& rules, std::int64_t summary)
      : outline_(outline),
        counts_(counts),
        rules_(rules),
        summary_(summary),
        tokens_(std::max<std::int64_t>(counts.fixed, 0)),
        staying_(tokens_),
        left_(outline.items.size()),
        removed_(outline.items.size()),
        masked_(outline.results.size()) {}

  TrimPlan run();

 private:
  void append(std::uint32_t item);
  void shrink();
  void mask(std::uint32_t result);
  bool remove_next_turn();
  void remove(std::uint32_t begin, std::uint32_t end);
  bool pinned(std::uint32_t begin, std::uint32_t end) const;
  void tell(TrimPlan& plan) const;

  const Outline& outline_;
  const TrimCounts& counts_;
  const TrimRules& rules_;
  std::int64_t summary_;
  std::int64_t tokens_;             // of the prompt so far, as it is cut
  std::int64_t staying_;            // of them, what can never go
  std::vector<std::int64_t> left_;  // of each item: its tokens less what was masked
  std::vector<bool> removed_;
  std::vector<bool> masked_;
  std::vector<std::uint32_t> cuts_;  // where the items so far may be cut
  std::size_t next_cut_ = 0;
  std::uint32_t last_turn_ = 0;    // where the last turn so far begins
  std::uint32_t results_ = 0;      // that came so far
  std::uint32_t next_result_ = 0;  // results before it were looked at
  std::uint32_t cut_ = 0;          // turns before it were looked at
  bool any_removed_ = false;
};

TrimPlan Replay::run() {
  TrimPlan plan;
  plan.limit = rules_.limit;
  plan.tokens_before = tokens_;
  for (std::uint32_t i = 0; i < outline_.items.size(); ++i) {
    append(i);
    plan.tokens_before += left_[i];
    if (tokens_ > rules_.limit) shrink();
  }
  plan.fits = tokens_ <= rules_.limit;
  plan.tokens_after = plan.fits ? tokens_ : plan.tokens_before;
  if (plan.fits) {
    tell(plan);
  } else {
    plan.least = tokens_;  // shrink() went as far as it could
  }
  return plan;
}

void Replay::append(std::uint32_t item) {
  const std::int64_t tokens = std::max<std::int64_t>(counts_.items[item], 0);
  left_[item] = tokens;
  tokens_ += tokens;
  results_ = std::max(results_, outline_.items[item].results_end);
  if (outline_.items[item].stays) staying_ += tokens;
  if (!outline_.items[item].starts_turn) return;
  last_turn_ = item;
  if (outline_.items[item].may_cut) cuts_.push_back(item);
}

void Replay::shrink() {
  const auto room = static_cast<double>(std::max<std::int64_t>(rules_.limit - staying_, 0));
  const std::int64_t goal =
      std::min(rules_.limit, staying_ + static_cast<std::int64_t>(room * std::clamp(rules_.low_water, 0.0, 1.0)));
  while (tokens_ > goal && next_result_ < outline_.results.size() && outline_.results[next_result_].item < last_turn_) {
    mask(next_result_++);
  }
  while (tokens_ > goal && remove_next_turn()) {
  }
  if (tokens_ <= rules_.limit) return;
  // The last turn has outgrown the window alone.
  while (tokens_ > goal && std::uint64_t{next_result_} + rules_.keep_results < results_) mask(next_result_++);
}

void Replay::mask(std::uint32_t result) {
  const OutlineResult& one = outline_.results[result];
  const std::int64_t saved =
      std::min(counts_.results[result] - std::max<std::int64_t>(counts_.note, 0), left_[one.item]);
  if (saved <= 0 || one.content.empty() || removed_[one.item]) return;
  masked_[result] = true;
  left_[one.item] -= saved;
  tokens_ -= saved;
}

// False if no turn is left before the last one.
bool Replay::remove_next_turn() {
  if (next_cut_ == cuts_.size()) return false;
  const std::uint32_t end = cuts_[next_cut_++];
  if (!pinned(cut_, end)) remove(cut_, end);
  cut_ = end;
  return true;
}

bool Replay::pinned(std::uint32_t begin, std::uint32_t end) const {
  return std::any_of(outline_.items.begin() + begin, outline_.items.begin() + end,
                     [](const OutlineItem& item) { return item.pins_turn; });
}

void Replay::remove(std::uint32_t begin, std::uint32_t end) {
  for (std::uint32_t i = begin; i < end; ++i) {
    if (outline_.items[i].stays) continue;
    removed_[i] = true;
    tokens_ -= left_[i];
    if (!any_removed_) tokens_ += summary_;
    any_removed_ = true;
  }
}

void Replay::tell(TrimPlan& plan) const {
  for (std::uint32_t i = 0; i < removed_.size(); ++i) {
    if (!removed_[i]) continue;
    plan.removed.push_back(i);
    if (outline_.items[i].starts_turn) ++plan.removed_turns;
  }
  for (std::uint32_t r = 0; r < masked_.size(); ++r) {
    if (masked_[r] && !removed_[outline_.results[r].item]) plan.masked.push_back(r);
  }
  if (plan.removed.empty() || summary_ <= 0) return;
  plan.summary_item = plan.removed.back() + 1;
  while (!outline_.items[plan.summary_item].starts_turn) ++plan.summary_item;
}

std::string counted(std::uint64_t number, std::string_view what) {
  return std::to_string(number) + " " + std::string(what) + (number == 1 ? "" : "s");
}

}  // namespace

TrimPlan plan_trim(const Outline& outline, const TrimCounts& counts, const TrimRules& rules) {
  assert(counts.items.size() == outline.items.size() && counts.results.size() == outline.results.size());
  const std::int64_t summary = std::max<std::int64_t>(rules.summary, 0);
  TrimPlan plan = Replay(outline, counts, rules, summary).run();
  if (plan.fits || summary == 0) return plan;
  return Replay(outline, counts, rules, 0).run();
}

std::string describe(const TrimPlan& plan) {
  const std::string before = std::to_string(plan.tokens_before);
  if (!plan.fits) {
    return "does not fit: " + before + " tokens, at least " + std::to_string(plan.least) + " of " +
           std::to_string(plan.limit);
  }
  if (!plan.changes()) return "unchanged, " + before + " tokens";
  std::string out;
  if (!plan.masked.empty()) out = "masked " + counted(plan.masked.size(), "tool result") + ", ";
  if (!plan.removed.empty()) {
    out += "removed " + counted(plan.removed_turns, "turn") + " (" + counted(plan.removed.size(), "message") + "), ";
  }
  return out + before + " -> " + std::to_string(plan.tokens_after) + " tokens";
}

}  // namespace pointsman::llm
