#include "route/strategy.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/hash.h"

namespace pointsman::route {
namespace {

constexpr std::array<std::string_view, 5> kNames = {"price", "preference", "latency", "split", "escalate"};

// Stable and without the buffer that std::stable_sort allocates; lists are a handful of models long.
template <class Before>
void insertion_sort(std::span<Candidate> all, Before before) {
  for (auto at = all.begin(); at != all.end(); ++at) {
    std::rotate(std::upper_bound(all.begin(), at, *at, before), at, at + 1);
  }
}

// In [0, 1), from the upper 53 bits.
double unit(std::uint64_t bits) {
  return static_cast<double>(bits >> 11) * 0x1.0p-53;
}

class ByPreference final : public CandidateOrder {
 public:
  std::optional<ModelIndex> arrange(std::span<Candidate>, const Conditions&) const override { return std::nullopt; }
};

class ByPrice final : public CandidateOrder {
 public:
  std::optional<ModelIndex> arrange(std::span<Candidate> candidates, const Conditions&) const override {
    insertion_sort(candidates, [](const Candidate& a, const Candidate& b) {
      if (a.expected_cost.has_value() != b.expected_cost.has_value()) return a.expected_cost.has_value();
      return a.expected_cost && *a.expected_cost < *b.expected_cost;
    });
    return std::nullopt;
  }
};

class ByLatency final : public CandidateOrder {
 public:
  std::optional<ModelIndex> arrange(std::span<Candidate> candidates, const Conditions& conditions) const override {
    const auto pace = [&](const Candidate& one) {
      return one.model < conditions.paces.size() ? conditions.paces[one.model] : Pace();
    };
    insertion_sort(candidates, [&](const Candidate& a, const Candidate& b) {
      const Pace first = pace(a);
      const Pace second = pace(b);
      if (first.has_value() != second.has_value()) return first.has_value();
      return first && *first < *second;
    });
    const double drawn = unit(conditions.lot);
    if (drawn >= kExplored || candidates.size() < 2) return std::nullopt;
    // Within the share explored the lot is even again.
    const auto place = static_cast<std::ptrdiff_t>(drawn / kExplored * static_cast<double>(candidates.size()));
    const auto chosen = candidates.begin() + std::min(place, std::ssize(candidates) - 1);
    const ModelIndex model = chosen->model;
    std::rotate(candidates.begin(), chosen, chosen + 1);
    return model;
  }
};

// Weighted rendezvous hashing (Schindelhauer and Schomaker, 2005): each model gets an exponentially distributed time of
// rate `weight` from a hash of conversation, category and model, and the earliest wins, which is each with its share of
// the weight. A model that comes or goes moves only the conversations that it gains or loses.
class BySplit final : public CandidateOrder {
 public:
  BySplit(std::string_view category, std::span<const Arm> arms) : category_(base::xxh3(category)) {
    for (const Arm& arm : arms) arms_.push_back({arm.model, base::xxh3(arm.name, category_), arm.weight});
  }

  std::optional<ModelIndex> arrange(std::span<Candidate> candidates, const Conditions& conditions) const override {
    if (candidates.empty()) return std::nullopt;
    insertion_sort(candidates, [&](const Candidate& a, const Candidate& b) {
      return time_of(a.model, conditions.conversation) < time_of(b.model, conditions.conversation);
    });
    const ModelIndex first = candidates.front().model;
    return std::isinf(time_of(first, conditions.conversation)) ? std::nullopt : std::optional(first);
  }

 private:
  struct Share {
    ModelIndex model;
    std::uint64_t name;
    std::int64_t weight;
  };

  // Infinite for a weight of zero: never drawn, only there when all others fail.
  double time_of(ModelIndex model, std::uint64_t conversation) const {
    const auto share = std::ranges::find(arms_, model, &Share::model);
    if (share == arms_.end() || share->weight <= 0) return std::numeric_limits<double>::infinity();
    const std::string_view bytes(reinterpret_cast<const char*>(&conversation), sizeof conversation);
    const double even = unit(base::xxh3(bytes, share->name)) + 0x1.0p-54;  // never zero
    return -std::log(even) / static_cast<double>(share->weight);
  }

  std::uint64_t category_;
  std::vector<Share> arms_;
};

}  // namespace

std::string_view to_string(Strategy strategy) {
  return kNames[static_cast<std::size_t>(strategy)];
}

std::optional<Strategy> strategy_from(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Strategy>(found - kNames.begin());
}

CandidateOrderPtr make_order(Strategy strategy, std::string_view category, std::span<const Arm> arms) {
  switch (strategy) {
    case Strategy::kPrice:
      return std::make_shared<ByPrice>();
    case Strategy::kLatency:
      return std::make_shared<ByLatency>();
    case Strategy::kSplit:
      return std::make_shared<BySplit>(category, arms);
    case Strategy::kPreference:
    case Strategy::kEscalate:
      break;
  }
  return std::make_shared<ByPreference>();
}

}  // namespace pointsman::route
