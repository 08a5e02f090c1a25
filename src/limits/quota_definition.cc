#include "limits/quota_definition.h"

#include <algorithm>
#include <unordered_map>

namespace pointsman::limits {
namespace {

// Collects what is wrong with one definition.
class Inspection {
 public:
  explicit Inspection(const QuotaDefinition& definition) : definition_(definition) {}

  std::vector<base::Error> problems() && {
    check_thresholds();
    for (const NodeDefinition& node : definition_.nodes) check_name(node);
    for (const NodeDefinition& node : definition_.nodes) {
      check_path(node);
      check_limits(node.name, node.limits);
      if (node.end_users) check_limits(node.name, *node.end_users);
    }
    return std::move(problems_);
  }

 private:
  void say(std::string_view place, std::string message) {
    problems_.push_back(base::Error(base::ErrorCode::kInvalidArgument, std::move(message)).at(std::string(place)));
  }

  void check_thresholds() {
    const auto& warn_at = definition_.warn_at;
    if (warn_at.size() > kMaxThresholds) say("warn_at", "has more than 8 thresholds");
    const bool in_range = std::ranges::all_of(warn_at, [](int percent) { return percent >= 1 && percent <= 100; });
    if (!in_range) say("warn_at", "has a threshold that is not within 1 and 100 per cent");
    if (std::ranges::adjacent_find(warn_at, std::greater_equal<>()) != warn_at.end())
      say("warn_at", "its thresholds do not ascend");
  }

  void check_name(const NodeDefinition& node) {
    if (node.name.empty()) say(node.name, "a node has no name");
    if (node.name.size() > kMaxNodeName) say(node.name, "its name is longer than 256 bytes");
    if (node.name.find(kEndUserMark) != std::string::npos)
      say(node.name, "its name has a #, which separates end users from their node");
    if (!by_name_.emplace(node.name, &node).second) say(node.name, "two nodes have this name");
  }

  void check_path(const NodeDefinition& node) {
    std::size_t depth = 1;
    const std::optional<NodeLimits>* end_users = node.end_users ? &node.end_users : nullptr;
    for (const NodeDefinition* at = &node; !at->parent.empty(); ++depth) {
      const auto parent = by_name_.find(at->parent);
      if (parent == by_name_.end()) {
        if (at == &node) say(node.name, "its parent is not defined: " + node.parent);
        return;
      }
      if (depth >= kMaxQuotaDepth) return say(node.name, "it is more than 8 levels deep, or its own ancestor");
      at = parent->second;
      if (end_users == nullptr && at->end_users) end_users = &at->end_users;
    }
    const bool with_end_users = end_users != nullptr && !(*end_users)->empty();
    if (depth + (with_end_users ? 1 : 0) > kMaxQuotaDepth) say(node.name, "its end users are more than 8 levels deep");
  }

  void check_limits(std::string_view name, const NodeLimits& limits) {
    for (const BudgetDefinition& budget : limits.budgets) {
      const std::string which = "its budget for " + std::string(to_string(budget.period));
      if (!budget.nanos && !budget.tokens) say(name, which + " sets neither money nor tokens");
      check_range(name, which, budget.nanos, kLargestBudget);
      check_range(name, which, budget.tokens, kLargestBudget);
      if (std::ranges::count(limits.budgets, budget.period, &BudgetDefinition::period) > 1)
        say(name, which + " is there twice");
    }
    check_range(name, "its requests per minute", limits.rates.requests_per_minute, kLargestRate);
    check_range(name, "its tokens per minute", limits.rates.tokens_per_minute, kLargestRate);
    check_range(name, "its concurrent requests", limits.rates.concurrent_requests, kLargestRate);
  }

  void check_range(std::string_view name, const std::string& which, std::optional<std::int64_t> value,
                   std::int64_t largest) {
    if (!value) return;
    if (*value < 0) say(name, which + ": less than 0");
    if (*value > largest) say(name, which + ": more than " + std::to_string(largest));
  }

  const QuotaDefinition& definition_;
  std::unordered_map<std::string_view, const NodeDefinition*> by_name_;
  std::vector<base::Error> problems_;
};

}  // namespace

std::vector<base::Error> problems_of(const QuotaDefinition& definition) {
  return Inspection(definition).problems();
}

}  // namespace pointsman::limits
