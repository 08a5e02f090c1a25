// Asking in two steps where the categories do not fit one prompt: first which group, then which category of it.
//
// A pure planner, run when the configuration is read; the plan is immutable. Both questions keep their budget: the one
// that offers all groups, and that of every group. Groups are given, or grown by merging what is most alike as long as
// its question fits (average linkage, Sokal and Michener 1958).
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "classify/category.h"
#include "classify/opinion.h"
#include "consult/prompt.h"

namespace pointsman::consult {

struct Group {
  std::string name;
  std::vector<int> members;  // ascending indices of categories
};

struct TwoSteps {
  std::vector<Group> groups;
  Prompt first;   // its categories are the groups
  Prompt second;  // its categories are the router's; offer the members of a group
};

// How alike two categories are, by their indices; larger is more alike. From confusions, centroids, or texts.
using CategoryLikeness = std::function<double(int, int)>;

// kInvalidArgument if a category stands in no group or in two, kTooLarge naming the group if a question does not fit,
// kUnsupported without counters. Of `shape`, `offered`, `at_least` and `descriptions` do not matter here.
base::Result<TwoSteps> plan_named_groups(std::span<const classify::Category> categories, std::vector<Group> groups,
                                         const PromptShape& shape, const Counters& counters,
                                         NoneLabel none = NoneLabel::kLeftOut);

// The same with groups of its own making, named after the word most members share, else after the member most like the
// others. kTooLarge if no such plan was found.
base::Result<TwoSteps> plan_groups(std::span<const classify::Category> categories, const CategoryLikeness& likeness,
                                   const PromptShape& shape, const Counters& counters,
                                   NoneLabel none = NoneLabel::kLeftOut);

// The most probable group of a usable opinion of the first question.
std::size_t likeliest_group(const classify::Opinion& first);

// Both answers as one opinion of the router's categories: p(group) p(category | group) for the group that was asked
// for, and p(group) evenly for the members of the others. A group of one needs no second question: give none. If an
// answer is not usable, that answer's outcome.
classify::Opinion join_steps(const TwoSteps& plan, const classify::Opinion& first, std::size_t group,
                             const classify::Opinion* second);

}  // namespace pointsman::consult
