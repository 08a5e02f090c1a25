#include <algorithm>

#include "json/schema/compiler.h"

namespace pointsman::json::schema {
namespace {

constexpr std::uint32_t kMaxInPlace = 64;  // rules combined in one another for the same value

base::Error wrong(const Program& program, RuleId rule, base::ErrorCode code, std::string message) {
  return base::Error(code, std::move(message), base::Origin::kClient).at(program.pointer(program.rules[rule].place));
}

// The single rule this one passes on to, or itself.
RuleId passes_on_to(const Program& program, RuleId id, bool same_resource_only) {
  const Rule& rule = program.rules[id];
  const bool only = rule.combine == Combine::kAll && rule.in_place.size() == 1 && rule.types == kAllKinds &&
                    rule.uncertain == 0 && !rule.allowed && !rule.number && !rule.string && !rule.array && !rule.object;
  if (!only) return rule.demands_nothing() ? kAcceptAll : id;
  const RuleId next = rule.in_place.front();
  return same_resource_only && program.rules[next].resource != rule.resource ? id : next;
}

// For each rule the one that stands for it.
base::Result<std::vector<RuleId>> representatives(const Program& program, bool same_resource_only) {
  std::vector<RuleId> known(program.rules.size(), kNoRule);
  std::vector<RuleId> path;
  std::vector<bool> on_path(program.rules.size());
  for (RuleId start = 0; start < program.rules.size(); ++start) {
    path.clear();
    RuleId at = start;
    while (known[at] == kNoRule) {
      if (on_path[at]) {
        return base::fail(
            wrong(program, at, base::ErrorCode::kInvalidArgument, "applies itself to the same value without end"));
      }
      on_path[at] = true;
      path.push_back(at);
      const RuleId next = passes_on_to(program, at, same_resource_only);
      if (next == at) {
        known[at] = at;
        break;
      }
      at = next;
    }
    for (const RuleId id : path) {
      known[id] = known[at];
      on_path[id] = false;
    }
  }
  return known;
}

template <class Change>
void for_each_reference(Rule& rule, const Change& change) {
  for (RuleId& id : rule.in_place) change(id);
  if (rule.array) {
    for (RuleId& id : rule.array->prefix) change(id);
    for (RuleId* id : {&rule.array->rest, &rule.array->contains, &rule.array->unevaluated}) change(*id);
  }
  if (rule.object) {
    for (auto& name : rule.object->names) change(name.rule);
    for (auto& [pattern, id] : rule.object->patterns) change(id);
    for (RuleId* id : {&rule.object->additional, &rule.object->property_names, &rule.object->unevaluated}) change(*id);
  }
}

// Rules are taken away from the leaves of the in-place graph upwards; what cannot be reached so is in a circle.
base::Result<void> check_circles(const Program& program) {
  const std::size_t count = program.rules.size();
  std::vector<std::uint32_t> waiting(count);
  std::vector<std::uint32_t> height(count, 1);
  std::vector<std::vector<RuleId>> users(count);
  std::vector<RuleId> ready;
  for (RuleId id = 0; id < count; ++id) {
    const Rule& rule = program.rules[id];
    if (rule.combine != Combine::kDynamic) {
      waiting[id] = static_cast<std::uint32_t>(rule.in_place.size());
      for (const RuleId part : rule.in_place) users[part].push_back(id);
    }
    if (waiting[id] == 0) ready.push_back(id);
  }
  std::size_t done = 0;
  while (!ready.empty()) {
    const RuleId id = ready.back();
    ready.pop_back();
    ++done;
    if (height[id] > kMaxInPlace) {
      return base::fail(wrong(program, id, base::ErrorCode::kTooLarge, "combines schemas more than 64 deep"));
    }
    for (const RuleId user : users[id]) {
      height[user] = std::max(height[user], height[id] + 1);
      if (--waiting[user] == 0) ready.push_back(user);
    }
  }
  if (done == count) return {};
  // Whatever waits, waits for something that waits: following that ends in the circle itself.
  auto at =
      static_cast<RuleId>(std::ranges::find_if(waiting, [](std::uint32_t n) { return n != 0; }) - waiting.begin());
  for (std::vector<bool> seen(count); !seen[at];) {
    seen[at] = true;
    at = *std::ranges::find_if(program.rules[at].in_place, [&waiting](RuleId part) { return waiting[part] != 0; });
  }
  return base::fail(
      wrong(program, at, base::ErrorCode::kInvalidArgument, "applies itself to the same value without end"));
}

}  // namespace

base::Result<void> simplify(Program& program, bool same_resource_only) {
  PM_TRY(const std::vector<RuleId> known, representatives(program, same_resource_only));
  const auto change = [&known](RuleId& id) {
    if (id != kNoRule) id = known[id];
  };
  for (Rule& rule : program.rules) {
    for_each_reference(rule, change);
    if (rule.combine == Combine::kAll) std::erase(rule.in_place, kAcceptAll);
  }
  change(program.root);
  for (auto& anchor : program.dynamic_anchors) change(anchor.rule);
  return check_circles(program);
}

}  // namespace pointsman::json::schema
