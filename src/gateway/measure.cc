#include "gateway/measure.h"

#include <algorithm>
#include <string>

namespace pointsman::gateway {
namespace {

constexpr int kStages = 6;
constexpr std::size_t kFallbackReasons = 8;  // found at once; the cascade knows fewer

std::string_view category_name(const Snapshot& snapshot, int category) {
  return category < 0 ? std::string_view("none")
                      : std::string_view(snapshot.policy.categories[static_cast<std::size_t>(category)].name);
}

std::string_view model_name(const Snapshot& snapshot, int model) {
  return model < 0 ? std::string_view("none")
                   : std::string_view(snapshot.market.model(static_cast<route::ModelIndex>(model)).name);
}

}  // namespace

Measure::Measure(const Snapshot& snapshot, telemetry::Shard& shard)
    : snapshot_(snapshot),
      shard_(shard),
      confidence_(shard.histogram("pointsman_decision_confidence")),
      routing_(shard.histogram("pointsman_routing_duration_seconds")),
      overhead_(shard.histogram("pointsman_overhead_duration_seconds")),
      duration_(shard.histogram("pointsman_request_duration_seconds")),
      first_token_(shard.histogram("pointsman_time_to_first_token_seconds")),
      baseline_(shard.money("pointsman_baseline_cost_usd_total")),
      entries_(shard.counter("pointsman_ledger_entries_total")),
      ledger_refused_(shard.counter("pointsman_ledger_refused_total")),
      kept_(shard.counter("pointsman_conversations_kept_total")) {
  for (const auto& [model, tier] : snapshot.market.models()) {
    models_.push_back(
        {&shard_.counter("pointsman_upstream_requests_total", {{"provider", model.provider}, {"model", model.name}}),
         &shard_.counter("pointsman_tokens_total", {{"direction", "input"}, {"model", model.name}}),
         &shard_.counter("pointsman_tokens_total", {{"direction", "output"}, {"model", model.name}}),
         &shard_.money("pointsman_cost_usd_total", {{"model", model.name}}),
         &shard_.counter("pointsman_cost_unknown_total", {{"model", model.name}})});
  }
  decisions_.assign((snapshot.policy.categories.size() + 1) * kStages, nullptr);
}

void Measure::denied(const limits::Denial& denial) {
  shard_.counter("pointsman_denied_total", {{"limit", std::string(to_string(denial.limit))}}).add();
}

void Measure::waited_for_budget(std::string_view outcome) {
  shard_.counter("pointsman_budget_waits_total", {{"outcome", outcome}}).add();
}

void Measure::decided(const Decision& decision, base::Duration took) {
  routing_.observe(took);
  const classify::Verdict& verdict = decision.verdict;
  const auto slot = static_cast<std::size_t>(verdict.category + 1) * kStages + static_cast<std::size_t>(verdict.stage);
  if (decisions_[slot] == nullptr) {
    decisions_[slot] = &shard_.counter("pointsman_decisions_total",
                                       {{"route", category_name(snapshot_, verdict.category)},
                                        {"stage", decision.routed ? to_string(verdict.stage) : "passthrough"}});
  }
  decisions_[slot]->add();
  if (decision.ranked.keeping.kept) kept_.add();
  if (verdict.probability) confidence_.observe(static_cast<double>(*verdict.probability));
  if (decision.routed && verdict.stage == classify::Stage::kFallback) {
    fallbacks(std::string_view(verdict.reason).substr(0, verdict.reason.find(':'))).add();
  }
}

telemetry::Counter& Measure::fallbacks(std::string_view reason) {
  const auto known = std::ranges::find(fallbacks_, reason, &std::pair<std::string, telemetry::Counter*>::first);
  if (known != fallbacks_.end()) return *known->second;
  telemetry::Counter& counter = shard_.counter("pointsman_fallbacks_total", {{"reason", reason}});
  if (fallbacks_.size() < kFallbackReasons) fallbacks_.emplace_back(reason, &counter);
  return counter;
}

void Measure::attempted(int model) {
  models_[static_cast<std::size_t>(model)].attempts->add();
}

void Measure::failed_attempt(int model, std::string_view reason) {
  const route::Model& failed = snapshot_.market.model(static_cast<route::ModelIndex>(model));
  shard_
      .counter("pointsman_upstream_failures_total",
               {{"provider", failed.provider}, {"model", failed.name}, {"reason", reason}})
      .add();
}

void Measure::retried(std::string_view reason) {
  shard_.counter("pointsman_upstream_retries_total", {{"reason", reason}}).add();
}

void Measure::speculated(std::string_view outcome) {
  shard_.counter("pointsman_speculations_total", {{"outcome", outcome}}).add();
}

void Measure::looked_up(std::string_view result) {
  shard_.counter("pointsman_cache_requests_total", {{"result", result}}).add();
}

void Measure::spans_lost(std::size_t spans) {
  shard_.counter("pointsman_spans_dropped_total", {{"reason", "queue_full"}}).add(spans);
}

telemetry::Counter& Measure::requests(int category, int model, int status) {
  const auto key = static_cast<std::uint64_t>(category + 1) << 40 | static_cast<std::uint64_t>(model + 1) << 16 |
                   static_cast<std::uint64_t>(status & 0xffff);
  telemetry::Counter*& counter = requests_[key];
  if (counter == nullptr) {
    counter = &shard_.counter("pointsman_requests_total", {{"route", category_name(snapshot_, category)},
                                                           {"model", model_name(snapshot_, model)},
                                                           {"code", std::to_string(status)}});
  }
  return *counter;
}

// Of answers that were paid for and not released, each with the model that gave it; returns what they cost.
base::Money Measure::count_discarded(const ledger::Entry& entry) {
  base::Money all;
  for (const ledger::Attempt& one : entry.attempts) {
    const int model = one.judged.discarded ? snapshot_.find_model(one.model) : -1;
    if (model < 0) continue;
    PerModel& per = models_[static_cast<std::size_t>(model)];
    if (one.judged.usage.input_tokens)
      per.input_tokens->add(static_cast<std::uint64_t>(*one.judged.usage.input_tokens));
    if (one.judged.usage.output_tokens) {
      per.output_tokens->add(static_cast<std::uint64_t>(*one.judged.usage.output_tokens));
    }
    if (one.judged.cost) {
      per.cost->add(*one.judged.cost);
      all += *one.judged.cost;
    } else {
      per.cost_unknown->add();
    }
  }
  return all;
}

void Measure::count_money(const ledger::Entry& entry, int model) {
  const base::Money discarded = count_discarded(entry);
  if (model < 0) return;
  if (!entry.bill.replayed.empty()) {  // no upstream counted those tokens again
    if (entry.cost && entry.baseline_cost) baseline_.add(*entry.baseline_cost);
    return;
  }
  PerModel& per = models_[static_cast<std::size_t>(model)];
  if (entry.usage.input_tokens) per.input_tokens->add(static_cast<std::uint64_t>(*entry.usage.input_tokens));
  if (entry.usage.output_tokens) per.output_tokens->add(static_cast<std::uint64_t>(*entry.usage.output_tokens));
  if (entry.cost) {
    per.cost->add({entry.cost->nanos - discarded.nanos});
    if (entry.baseline_cost) baseline_.add(*entry.baseline_cost);
  } else {
    per.cost_unknown->add();
  }
}

void Measure::finished(const ledger::Entry& entry, int category, int model, trace::TraceId trace) {
  entries_.add();
  requests(category, model, entry.status).add();
  const telemetry::ExampleRequest of{.decision = entry.id, .trace = {trace.high, trace.low}, .at = entry.started};
  const auto observe = [&](telemetry::Histogram& histogram, std::chrono::microseconds took) {
    const double seconds = std::chrono::duration<double>(took).count();
    snapshot_.config.telemetry.exemplars ? histogram.observe(seconds, of) : histogram.observe(seconds);
  };
  observe(overhead_, entry.overhead);
  observe(duration_, entry.total);
  if (entry.stream && entry.first_byte.count() > 0) observe(first_token_, entry.first_byte);
  count_money(entry, model);
  if (entry.outcome == ledger::Outcome::kClientGone) {
    shard_
        .counter("pointsman_client_disconnects_total", {{"phase", entry.response_bytes > 0 ? "answering" : "waiting"}})
        .add();
  }
}

}  // namespace pointsman::gateway
