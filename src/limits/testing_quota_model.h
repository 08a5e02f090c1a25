// What a quota tree should do, written the plain way: every call is kept, minutes are added up call by call, books are
// looked up by the begin of their period. For tests of histories; one thread.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "limits/quota_tree.h"

namespace pointsman::limits::testing_support {

inline constexpr std::array kPeriods = {Period::kHour, Period::kDay, Period::kWeek, Period::kMonth, Period::kTotal};

struct ModelSide {
  std::int64_t spent = 0;
  std::int64_t reserved = 0;
  std::int64_t before_reload = 0;  // what was spent and reserved when the limit last changed
  std::int64_t unpriced = 0;       // charged for calls whose price was unknown
  std::int64_t claimed() const { return spent + reserved; }
  bool within(std::int64_t maximum) const { return claimed() <= std::max(maximum, before_reload) + unpriced; }
};

struct ModelBook {
  base::WallTime begin;
  ModelSide money;
  ModelSide tokens;
};

struct ModelNode {
  std::string parent;
  NodeLimits limits;
  std::optional<NodeLimits> end_users;
  bool live = false;
  int open_calls = 0;
  std::int64_t open_requests = 0;
  std::map<Period, std::vector<ModelBook>> books;
  bool counts_requests = false;
  bool counts_tokens = false;
  std::deque<std::size_t> minute_requests;  // calls
  std::deque<std::size_t> minute_tokens;

  ModelBook& book(Period period, base::WallTime begin) {
    std::vector<ModelBook>& all = books[period];
    const auto found = std::find_if(all.rbegin(), all.rend(), [&](const ModelBook& one) { return one.begin == begin; });
    if (found != all.rend()) return *found;
    all.push_back({begin, {}, {}});
    return all.back();
  }
};

struct ModelCall {
  std::vector<ModelNode*> path;
  std::map<Period, base::WallTime> begins;
  std::int64_t second = 0;
  bool priced = false;
  bool open = true;
  std::int64_t nanos = 0;
  std::int64_t tokens = 0;
  std::int64_t requests = 0;
};

class QuotaModel {
 public:
  explicit QuotaModel(TimeZone zone) : zone_(std::move(zone)) {}

  void see(base::WallTime wall, base::MonoTime mono) {
    for (const Period period : kPeriods) {
      PeriodSpan& span = spans_[period];
      if (!span.holds(wall)) span = period_at(period, wall, zone_);
    }
    second_ = std::chrono::floor<std::chrono::seconds>(mono.time_since_epoch()).count();
  }
  base::WallTime begin_of(Period period) const { return spans_.at(period).begin; }
  std::map<std::string, ModelNode>& nodes() { return nodes_; }
  const ModelCall& call(std::size_t index) const { return calls_[index]; }

  void define(const QuotaDefinition& definition) {
    unknown_price_ = definition.unknown_price;
    std::map<std::string, const NodeDefinition*> wanted;
    for (const NodeDefinition& each : definition.nodes) wanted[each.name] = &each;
    for (auto& [name, node] : nodes_) {
      if (!is_end_user(name) && !wanted.contains(name)) leave(node);
    }
    for (const auto& [name, each] : wanted) {
      ModelNode& node = nodes_[name];
      node.parent = each->parent;
      node.end_users = each->end_users;
      limit(node, each->limits);
    }
    for (auto& [name, node] : nodes_) {
      if (!is_end_user(name) || (!node.live && node.open_calls == 0)) continue;
      const NodeLimits* const limits = end_user_limits(key_of(name));
      if (limits == nullptr) leave(node);
      if (limits != nullptr) limit(node, *limits);
    }
  }

  // The process has died: what was open is gone, what was settled is in the store.
  void die() {
    for (ModelCall& call : calls_) {
      if (call.open) take_off(call);
      call.open = false;
    }
    for (auto& [name, node] : nodes_) {
      node.minute_requests.clear();
      node.minute_tokens.clear();
      if (is_end_user(name)) leave(node);
    }
  }

  void make_live(const std::string& end_user) { static_cast<void>(path(end_user)); }

  // Whether what was denied for a rate will fit at a later instant.
  bool rate_fits(const Denial& denial, base::MonoTime at) {
    const ModelNode& node = nodes_.at(denial.node);
    const bool tokens = denial.limit == LimitKind::kTokensPerMinute;
    const auto second = std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count();
    std::int64_t used = 0;
    for (const std::size_t index : tokens ? node.minute_tokens : node.minute_requests) {
      if (calls_[index].second >= second - 60) used += tokens ? calls_[index].tokens : calls_[index].requests;
    }
    return used + denial.asked <= denial.maximum;
  }

  std::vector<ModelNode*> path(const std::string& leaf) {
    std::vector<ModelNode*> result;
    std::string name = leaf;
    if (is_end_user(leaf)) {
      name = key_of(leaf);
      if (const NodeLimits* const limits = end_user_limits(name)) {
        ModelNode& node = nodes_[leaf];
        if (!node.live) limit(node, *limits);
        result.push_back(&node);
      }
    }
    for (; !name.empty(); name = nodes_.at(name).parent) result.push_back(&nodes_.at(name));
    return result;
  }

  bool fits(const std::vector<ModelNode*>& path, const Demand& demand) {
    return std::ranges::all_of(path, [&](ModelNode* node) { return fits(*node, demand); });
  }

  std::size_t open(const std::vector<ModelNode*>& path, const Demand& demand) {
    ModelCall call{path,           {}, second_, demand.nanos.has_value(), true, demand.nanos.value_or(0), demand.tokens,
                   demand.requests};
    for (const Period period : kPeriods) call.begins[period] = begin_of(period);
    for (ModelNode* node : path) {
      add(*node, call, call.nanos, call.tokens);
      ++node->open_calls;
      node->open_requests += call.requests;
      if (node->counts_requests) node->minute_requests.push_back(calls_.size());
      if (node->counts_tokens) node->minute_tokens.push_back(calls_.size());
    }
    calls_.push_back(std::move(call));
    return calls_.size() - 1;
  }

  void close(std::size_t index, std::int64_t nanos, std::int64_t tokens) {
    ModelCall& call = calls_[index];
    take_off(call);
    call.open = false;
    for (ModelNode* node : call.path) {
      for (const Period period : kPeriods) {
        ModelBook& book = node->book(period, call.begins[period]);
        book.money.spent += nanos;
        book.tokens.spent += tokens;
        if (!call.priced) book.money.unpriced += nanos;
      }
    }
    call.nanos = nanos;
    call.tokens = tokens;
  }

 private:
  static bool is_end_user(const std::string& name) { return name.find(kEndUserMark) != std::string::npos; }
  static std::string key_of(const std::string& name) { return name.substr(0, name.find(kEndUserMark)); }

  const NodeLimits* end_user_limits(std::string name) const {
    for (; !name.empty(); name = nodes_.at(name).parent) {
      const ModelNode& node = nodes_.at(name);
      if (!node.live) return nullptr;
      if (node.end_users) return node.end_users->empty() ? nullptr : &*node.end_users;
    }
    return nullptr;
  }

  void leave(ModelNode& node) {
    node.live = false;
    if (node.open_calls > 0) return;
    node.counts_requests = node.counts_tokens = false;
    node.minute_requests.clear();
    node.minute_tokens.clear();
  }

  void limit(ModelNode& node, const NodeLimits& limits) {
    node.live = true;
    node.limits = limits;
    for (const Period period : kPeriods) {
      ModelBook& book = node.book(period, begin_of(period));
      book.money.before_reload = book.money.claimed();
      book.tokens.before_reload = book.tokens.claimed();
    }
    count(node, limits.rates.requests_per_minute.has_value(), node.counts_requests, node.minute_requests);
    count(node, limits.rates.tokens_per_minute.has_value(), node.counts_tokens, node.minute_tokens);
  }

  // A minute that begins to be counted holds the calls that are open.
  void count(const ModelNode& node, bool wanted, bool& counts, std::deque<std::size_t>& minute) {
    if (wanted == counts) return;
    minute.clear();
    counts = wanted;
    for (std::size_t i = 0; wanted && i < calls_.size(); ++i) {
      if (calls_[i].open && std::ranges::count(calls_[i].path, &node) > 0) minute.push_back(i);
    }
  }

  std::int64_t last_minute(std::deque<std::size_t>& minute, std::int64_t ModelCall::* amount) {
    while (!minute.empty() && calls_[minute.front()].second < second_ - 60) minute.pop_front();
    std::int64_t sum = 0;
    for (const std::size_t index : minute) sum += calls_[index].*amount;
    return sum;
  }

  bool fits(ModelNode& node, const Demand& demand) {
    for (const BudgetDefinition& budget : node.limits.budgets) {
      const ModelBook& book = node.book(budget.period, begin_of(budget.period));
      if (budget.nanos && !demand.nanos && unknown_price_ == UnknownPrice::kReject) return false;
      if (budget.nanos && exceeds(book.money.claimed(), demand.nanos.value_or(0), *budget.nanos)) return false;
      if (budget.tokens && exceeds(book.tokens.claimed(), demand.tokens, *budget.tokens)) return false;
    }
    const RateDefinition& rates = node.limits.rates;
    if (rates.concurrent_requests && exceeds(node.open_requests, demand.requests, *rates.concurrent_requests))
      return false;
    if (rates.requests_per_minute &&
        exceeds(last_minute(node.minute_requests, &ModelCall::requests), demand.requests, *rates.requests_per_minute))
      return false;
    return !rates.tokens_per_minute ||
           !exceeds(last_minute(node.minute_tokens, &ModelCall::tokens), demand.tokens, *rates.tokens_per_minute);
  }
  static bool exceeds(std::int64_t used, std::int64_t asked, std::int64_t maximum) {
    return asked > 0 && used + asked > maximum;
  }

  void add(ModelNode& node, ModelCall& call, std::int64_t nanos, std::int64_t tokens) {
    for (const Period period : kPeriods) {
      ModelBook& book = node.book(period, call.begins[period]);
      book.money.reserved += nanos;
      book.tokens.reserved += tokens;
    }
  }

  void take_off(ModelCall& call) {
    for (ModelNode* node : call.path) {
      add(*node, call, -call.nanos, -call.tokens);
      --node->open_calls;
      node->open_requests -= call.requests;
      if (!node->live) leave(*node);
    }
  }

  TimeZone zone_;
  UnknownPrice unknown_price_ = UnknownPrice::kReject;
  std::map<Period, PeriodSpan> spans_;
  std::int64_t second_ = 0;
  std::map<std::string, ModelNode> nodes_;
  std::vector<ModelCall> calls_;
};

}  // namespace pointsman::limits::testing_support
