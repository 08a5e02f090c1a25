#include "consult/groups.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

namespace pointsman::consult {
namespace {

using classify::Category;

base::Result<Prompt> make_prompt(std::span<const Category> categories, PromptShape shape, std::size_t offered,
                                 const Counters& counters, NoneLabel none) {
  std::vector<std::string_view> names;
  for (const Category& category : categories) names.push_back(category.name);
  PM_TRY(LabelSet labels, LabelSet::make(names, counters, none));
  shape.offered = offered;
  shape.at_least = 0;
  shape.descriptions = false;
  return Prompt::make(categories, std::move(labels), shape, counters);
}

// The second question, as far as it does not depend on the groups: any one category fits.
base::Result<Prompt> second_prompt(std::span<const Category> categories, const PromptShape& shape,
                                   const Counters& counters, NoneLabel none) {
  if (!counters.exact()) {
    return base::fail(base::ErrorCode::kUnsupported, "nobody can count tokens here, so no plan can keep a budget");
  }
  return make_prompt(categories, shape, 1, counters, none);
}

base::Result<Prompt> first_prompt(std::span<const Group> groups, const PromptShape& shape, const Counters& counters,
                                  NoneLabel none) {
  std::vector<Category> named(groups.size());
  for (std::size_t i = 0; i < groups.size(); ++i) named[i].name = groups[i].name;
  return make_prompt(named, shape, 0, counters, none);
}

base::Result<void> check_members(std::span<const Category> categories, std::span<const Group> groups) {
  std::vector<int> seen(categories.size(), 0);
  for (const Group& group : groups) {
    for (const int member : group.members) {
      if (member < 0 || static_cast<std::size_t>(member) >= categories.size()) {
        return base::fail(base::ErrorCode::kInvalidArgument, "group '" + group.name + "' names an unknown category");
      }
      ++seen[static_cast<std::size_t>(member)];
    }
  }
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (seen[i] == 1) continue;
    return base::fail(
        base::ErrorCode::kInvalidArgument,
        "category '" + categories[i].name + "' must stand in one group and stands in " + std::to_string(seen[i]));
  }
  return {};
}

std::vector<std::string> words_of(std::string_view name) {
  constexpr std::array kEmpty = std::to_array<std::string_view>({"and", "for", "from", "not", "the", "with"});
  std::vector<std::string> out;
  std::string word;
  for (const char c : std::string(name) + " ") {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
    if (letter) {
      word += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      continue;
    }
    if (word.size() >= 3 && std::ranges::find(kEmpty, word) == kEmpty.end()) out.push_back(word);
    word.clear();
  }
  std::ranges::sort(out);
  const auto twice = std::ranges::unique(out);
  out.erase(twice.begin(), twice.end());
  return out;
}

// Grows groups out of single categories.
class Merging {
 public:
  Merging(std::span<const Category> categories, const CategoryLikeness& likeness) : categories_(categories) {
    const std::size_t n = categories.size();
    alike_.assign(n, std::vector<double>(n, 0));
    for (std::size_t i = 0; i < n; ++i) {
      members_.push_back({static_cast<int>(i)});
      for (std::size_t k = 0; k < i; ++k) {
        alike_[i][k] = alike_[k][i] = likeness(static_cast<int>(k), static_cast<int>(i));
      }
    }
    between_ = alike_;
  }

  std::size_t size() const { return members_.size(); }

  // Merges the two most alike groups whose common question fits. False if there are none.
  bool merge(const Prompt& second) {
    std::optional<std::pair<std::size_t, std::size_t>> best;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      for (std::size_t k = i + 1; k < members_.size(); ++k) {
        if (best && between_[i][k] <= between_[best->first][best->second]) continue;
        if (*second.count(united(i, k)) <= second.shape().budget) best = {i, k};
      }
    }
    if (!best) return false;
    unite(best->first, best->second);
    return true;
  }

  std::vector<Group> named() const {
    std::vector<Group> out;
    for (const std::vector<int>& members : members_) {
      std::string name = name_of(members);
      const auto taken = [&out](const std::string& wanted) {
        return std::ranges::find(out, wanted, &Group::name) != out.end();
      };
      if (taken(name)) name = central(members) + " etc";
      for (int n = 2; taken(name); ++n) name = central(members) + " " + std::to_string(n);
      out.push_back({std::move(name), members});
    }
    return out;
  }

 private:
  std::vector<int> united(std::size_t i, std::size_t k) const {
    std::vector<int> out;
    std::ranges::merge(members_[i], members_[k], std::back_inserter(out));
    return out;
  }

  void unite(std::size_t i, std::size_t k) {
    const auto a = static_cast<double>(members_[i].size()), b = static_cast<double>(members_[k].size());
    for (std::size_t m = 0; m < members_.size(); ++m) {
      between_[i][m] = between_[m][i] = (a * between_[i][m] + b * between_[k][m]) / (a + b);
    }
    members_[i] = united(i, k);
    const auto at = static_cast<std::ptrdiff_t>(k);
    members_.erase(members_.begin() + at);
    between_.erase(between_.begin() + at);
    for (std::vector<double>& row : between_) row.erase(row.begin() + at);
  }

  const std::string& name(int member) const { return categories_[static_cast<std::size_t>(member)].name; }

  // The word that at least half of the members share: the most frequent, then the longest.
  std::string name_of(const std::vector<int>& members) const {
    if (members.size() == 1) return name(members.front());
    std::map<std::string, std::size_t> count;
    for (const int member : members) {
      for (const std::string& word : words_of(name(member))) ++count[word];
    }
    std::pair<std::size_t, std::size_t> best{1, 0};
    std::string shared;
    for (const auto& [word, number] : count) {
      const std::pair rank(number, word.size());
      if (number * 2 < members.size() || number < 2 || rank <= best) continue;
      best = rank;
      shared = word;
    }
    return shared.empty() ? central(members) + " etc" : shared;
  }

  // The name of the member that is most like the others.
  const std::string& central(const std::vector<int>& members) const {
    int best = members.front();
    double most = -1;
    for (const int member : members) {
      double sum = 0;
      for (const int other : members) {
        sum += alike_[static_cast<std::size_t>(member)][static_cast<std::size_t>(other)];
      }
      if (sum <= most) continue;
      most = sum;
      best = member;
    }
    return name(best);
  }

  std::span<const Category> categories_;
  std::vector<std::vector<double>> alike_;    // of categories
  std::vector<std::vector<double>> between_;  // of groups, the mean of their members'
  std::vector<std::vector<int>> members_;
};

// What an answer that says nothing of `size` choices makes of the two together.
std::optional<classify::Opinion> unusable(const classify::Opinion& opinion, std::size_t size) {
  if (opinion.usable() && opinion.probabilities.size() == size) return std::nullopt;
  classify::Opinion out;
  out.outcome =
      opinion.outcome == classify::OpinionOutcome::kUsed ? classify::OpinionOutcome::kUnusable : opinion.outcome;
  return out;
}

}  // namespace

base::Result<TwoSteps> plan_named_groups(std::span<const Category> categories, std::vector<Group> groups,
                                         const PromptShape& shape, const Counters& counters, NoneLabel none) {
  PM_TRY(Prompt second, second_prompt(categories, shape, counters, none));
  PM_CHECK(check_members(categories, groups));
  for (Group& group : groups) {
    std::ranges::sort(group.members);
    if (group.members.empty()) {
      return base::fail(base::ErrorCode::kInvalidArgument, "group '" + group.name + "' is empty");
    }
    const std::size_t tokens = *second.count(group.members);
    if (tokens <= shape.budget) continue;
    return base::fail(base::ErrorCode::kTooLarge, "the question for group '" + group.name + "' takes " +
                                                      std::to_string(tokens) + " tokens and may take " +
                                                      std::to_string(shape.budget) +
                                                      "; move categories to other groups or shorten their names");
  }
  auto first = first_prompt(groups, shape, counters, none);
  if (!first) return base::fail(std::move(first).error().in("the question for the group"));
  return TwoSteps{std::move(groups), std::move(*first), std::move(second)};
}

base::Result<TwoSteps> plan_groups(std::span<const Category> categories, const CategoryLikeness& likeness,
                                   const PromptShape& shape, const Counters& counters, NoneLabel none) {
  PM_TRY(Prompt second, second_prompt(categories, shape, counters, none));
  Merging merging(categories, likeness);
  do {
    // A line takes at least two tokens: no need to try before.
    if (merging.size() * 2 > shape.budget) continue;
    std::vector<Group> groups = merging.named();
    auto first = first_prompt(groups, shape, counters, none);
    if (first) return TwoSteps{std::move(groups), std::move(*first), std::move(second)};
  } while (merging.merge(second));
  return base::fail(
      base::ErrorCode::kTooLarge,
      "two steps of at most " + std::to_string(shape.budget) + " tokens do not suffice for " +
          std::to_string(categories.size()) + " categories: " + std::to_string(merging.size()) +
          " groups remain and do not fit one question; shorten names, raise the budget, or offer only the "
          "likeliest categories (narrow)");
}

std::size_t likeliest_group(const classify::Opinion& first) {
  const auto best = std::ranges::max_element(first.probabilities);
  return static_cast<std::size_t>(best - first.probabilities.begin());
}

classify::Opinion join_steps(const TwoSteps& plan, const classify::Opinion& first, std::size_t group,
                             const classify::Opinion* second) {
  const std::size_t categories = plan.second.categories();
  if (auto failed = unusable(first, plan.groups.size())) return *failed;
  if (second != nullptr) {
    if (auto failed = unusable(*second, categories)) return *failed;
  }
  classify::Opinion out;
  if (group >= plan.groups.size()) {
    out.outcome = classify::OpinionOutcome::kUnusable;
    return out;
  }
  out = first;
  out.offered.clear();
  out.probabilities.assign(categories, 0);
  for (std::size_t g = 0; g < plan.groups.size(); ++g) {
    const auto even = 1 / static_cast<float>(plan.groups[g].members.size());
    for (const int member : plan.groups[g].members) {
      const auto c = static_cast<std::size_t>(member);
      const float share = g == group && second != nullptr ? second->probabilities[c] : even;
      out.probabilities[c] = first.probabilities[g] * share;
    }
  }
  if (second == nullptr) return out;
  out.coverage = std::min(first.coverage, second->coverage);
  out.cached = first.cached && second->cached;
  out.none_offered = first.none_offered || second->none_offered;
  out.source = std::max(first.source, second->source);  // the one that says less
  return out;
}

}  // namespace pointsman::consult
