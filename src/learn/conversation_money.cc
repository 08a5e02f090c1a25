#include "learn/conversation_money.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/rng.h"

namespace pointsman::learn {
namespace {

std::optional<base::Money> sum_of(const std::optional<base::Money>& a, const std::optional<base::Money>& b) {
  if (!a || !b) return std::nullopt;
  return *a + *b;
}

Conversation begun_by(const PricedCall& call) {
  return {.begin = call.at,
          .end = call.at,
          .calls = 1,
          .version = call.version,
          .cost = call.cost,
          .other_cost = call.other_cost};
}

void add(Conversation& to, const PricedCall& call) {
  to.end = call.at;
  ++to.calls;
  to.one_version = to.one_version && call.version == to.version;
  to.cost = sum_of(to.cost, call.cost);
  to.other_cost = sum_of(to.other_cost, call.other_cost);
}

struct Costs {
  double cost = 0;
  double other = 0;
};

double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(place);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (place - std::floor(place)) * (sorted[high] - sorted[low]);
}

Estimate interval(double value, std::vector<double>& resampled) {
  if (resampled.empty()) return {value, value, value};
  std::ranges::sort(resampled);
  return {value, quantile(resampled, 0.025), quantile(resampled, 0.975)};
}

void bootstrap(std::span<const Costs> costs, const ConversationMoneyOptions& options, ConversationMoney& out) {
  const double n = static_cast<double>(costs.size());
  std::vector<double> mean;
  std::vector<double> other;
  std::vector<double> difference;
  base::Rng rng(options.seed);
  for (int draw = 0; draw < options.resamples; ++draw) {
    Costs sum;
    for (std::size_t i = 0; i < costs.size(); ++i) {
      const Costs& one = costs[rng.below(costs.size())];
      sum.cost += one.cost;
      sum.other += one.other;
    }
    mean.push_back(sum.cost / n);
    other.push_back(sum.other / n);
    difference.push_back((sum.other - sum.cost) / n);
  }
  const double value = out.total.dollars() / n;
  const double other_value = out.other_total.dollars() / n;
  out.cost = interval(value, mean);
  out.other_cost = interval(other_value, other);
  out.difference = interval(other_value - value, difference);
}

}  // namespace

std::vector<Conversation> conversations_of(std::span<const PricedCall> calls, CallTime now,
                                           std::chrono::microseconds gap) {
  std::vector<const PricedCall*> order;
  for (const PricedCall& call : calls) order.push_back(&call);
  // Calls of the same instant keep their order.
  std::ranges::sort(order, {}, [](const PricedCall* call) { return std::tuple(call->conversation, call->at, call); });
  std::vector<Conversation> out;
  const PricedCall* last = nullptr;
  for (const PricedCall* call : order) {
    const bool goes_on = last != nullptr && call->conversation != 0 && call->conversation == last->conversation &&
                         call->at - last->at <= gap;
    if (goes_on) {
      add(out.back(), *call);
    } else {
      out.push_back(begun_by(*call));
    }
    last = call;
  }
  for (Conversation& one : out) one.finished = now - one.end > gap;
  std::ranges::sort(out, {}, [](const Conversation& one) { return std::tuple(one.begin, one.end, one.calls); });
  return out;
}

ConversationMoney money_of(std::span<const Conversation> conversations, const ConversationMoneyOptions& options) {
  ConversationMoney out;
  std::vector<Costs> costs;
  for (const Conversation& one : conversations) {
    if (!one.finished) {
      ++out.unfinished;
      continue;
    }
    if (!one.cost || (options.compared && !one.other_cost)) {
      ++out.unknown;
      continue;
    }
    ++out.finished;
    out.calls += one.calls;
    out.total += *one.cost;
    const base::Money other = one.other_cost.value_or(base::Money{});
    if (options.compared) out.other_total += other;
    costs.push_back({one.cost->dollars(), options.compared ? other.dollars() : 0});
  }
  if (!costs.empty()) bootstrap(costs, options, out);
  return out;
}

ConversationMoney money_of_version(std::span<const Conversation> conversations, std::uint32_t version,
                                   const ConversationMoneyOptions& options) {
  std::vector<Conversation> mine;
  for (const Conversation& one : conversations) {
    if (one.one_version && one.version == version) mine.push_back(one);
  }
  return money_of(mine, options);
}

}  // namespace pointsman::learn
