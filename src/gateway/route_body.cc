#include "gateway/route_body.h"

#include <algorithm>

#include "json/writer.h"
#include "route/affinity.h"

namespace pointsman::gateway {
namespace {

void write_candidates(const Snapshot& snapshot, const Decision& decision, json::Writer& json) {
  json.key("candidates").begin_array();
  for (const route::Candidate& candidate : decision.ranked.candidates) {
    const route::Model& model = snapshot.market.model(candidate.model);
    json.begin_object().member("model", model.name).member("provider", model.provider);
    json.member("from", decision.routed ? to_string(candidate.source) : std::string_view("client"))
        .member("healthy", candidate.healthy);
    json.key("expected_cost_usd");
    if (candidate.expected_cost) {
      json.raw(candidate.expected_cost->to_string());
    } else {
      json.null();
    }
    json.end_object();
  }
  json.end_array();
  json.key("excluded").begin_array();
  for (const route::Exclusion& exclusion : decision.ranked.excluded) {
    json.value(describe(exclusion, snapshot.market));
  }
  json.end_array();
}

// Where the conversation was before, and whether that put a model first.
void write_continuity(const Snapshot& snapshot, const Decision& decision, json::Writer& json) {
  const route::Keeping& keeping = decision.ranked.keeping;
  if (!keeping.before) return;
  json.key("continuity").begin_object().member("model", snapshot.market.model(*keeping.before).name);
  json.member("cached_tokens", keeping.cached).key("cold_usd");
  keeping.cold ? json.raw(keeping.cold->to_string()) : json.null();
  json.member("kept", keeping.kept.has_value());
  if (keeping.kept) {
    const std::string& first = snapshot.market.model(*keeping.kept).name;
    json.member("reason", route::describe_kept(first, keeping.cached, keeping.cold));
  }
  json.end_object();
}

void write_requirements(const llm::ChatRequest& request, json::Writer& json) {
  json.key("requirements").begin_object().key("capabilities").begin_array();
  for (const std::string& name : request.needs.capabilities.names()) json.value(name);
  json.end_array();
  json.member("input_tokens_estimate", request.needs.input_tokens);
  json.member("output_tokens_limit", request.needs.output_tokens).end_object();
}

void write_probabilities(const Snapshot& snapshot, const std::vector<float>& probabilities, json::Writer& json) {
  json.key("probabilities").begin_object();
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    json.member(snapshot.policy.categories[i].name, probabilities[i]);
  }
  json.end_object();
}

void write_evidence(const Snapshot& snapshot, const Decision& decision, json::Writer& json) {
  write_probabilities(snapshot, decision.evidence.probabilities, json);
  json.key("rule_hits").begin_array();
  for (const std::string& hit : decision.evidence.rule_hits) json.value(hit);
  json.end_array();
}

// What people corrected of a request like it.
void write_recalled(const Snapshot& snapshot, const classify::Recollection& recalled, json::Writer& json) {
  json.key("corrected_before").begin_object().member("decision_id", recalled.decision).key("category");
  if (recalled.category >= 0) {
    json.value(snapshot.policy.categories[static_cast<std::size_t>(recalled.category)].name);
  } else {
    json.null();
  }
  json.member("likeness", recalled.likeness).member("memory", recalled.memory).end_object();
}

double in_microseconds(base::Duration time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

// How asking went and, where it was heard, what the classifier had said before.
void write_encoder(const Snapshot& snapshot, const Decision& decision, json::Writer& json) {
  json.key("encoder").begin_object().member("outcome", to_string(decision.encoder.outcome));
  json.member("us", in_microseconds(decision.encoder.took));
  if (!decision.alone.empty()) {
    const auto top = std::ranges::max_element(decision.alone);
    json.key("before").begin_object().key("category");
    if (*top > 0) {
      json.value(snapshot.policy.categories[static_cast<std::size_t>(top - decision.alone.begin())].name);
    } else {
      json.null();
    }
    json.member("confidence", *top);
    write_probabilities(snapshot, decision.alone, json);
    json.end_object();
  }
  json.end_object();
}

void write_optional_money(json::Writer& json, std::string_view name, const std::optional<base::Money>& money) {
  json.key(name);
  money ? json.raw(money->to_string()) : json.null();
}

// What became of asking the small model; where it was heard, what it said and what both together came to.
void write_opinion(const Snapshot& snapshot, const Decision& decision, json::Writer& json) {
  const classify::Opinion& opinion = decision.verdict.opinion;
  json.key("llm").begin_object().member("outcome", to_string(opinion.outcome));
  json.member("model", snapshot.consultant->model()).member("us", in_microseconds(decision.opinion.took));
  if (!decision.opinion.reason.empty()) json.member("reason", decision.opinion.reason);
  const bool asked =
      opinion.outcome != classify::OpinionOutcome::kNone && opinion.outcome != classify::OpinionOutcome::kNotNeeded;
  if (asked) write_optional_money(json, "cost_usd", decision.opinion.bill.cost);
  if (opinion.usable()) {
    json.member("source", to_string(opinion.source)).member("coverage", opinion.coverage);
    json.member("cached", opinion.cached).member("hedged", decision.opinion.hedged);
    json.key("offered").begin_array();
    for (const int one : opinion.offered) json.value(snapshot.policy.categories[static_cast<std::size_t>(one)].name);
    json.end_array();
    write_probabilities(snapshot, opinion.probabilities, json);
    json.key("pooled").begin_object();
    for (std::size_t i = 0; i < decision.verdict.pooled.size(); ++i) {
      json.member(snapshot.policy.categories[i].name, decision.verdict.pooled[i]);
    }
    json.end_object();
  }
  json.end_object();
}

}  // namespace

void write_route_body(const Snapshot& snapshot, const llm::ChatRequest& request, const Decision& decision,
                      std::string& out) {
  const classify::Verdict& verdict = decision.verdict;
  json::Writer json(out);
  json.begin_object().member("object", "route.decision");
  json.key("category");
  if (verdict.category >= 0) {
    json.value(snapshot.policy.categories[static_cast<std::size_t>(verdict.category)].name);
  } else {
    json.null();
  }
  json.key("confidence");
  if (verdict.probability) {
    json.value(*verdict.probability);
  } else {
    json.null();
  }
  json.key("threshold");
  verdict.threshold > 1 ? json.null() : json.value(verdict.threshold);  // above 1: nothing could be certified
  const bool certified =
      verdict.category >= 0 && snapshot.policy.categories[static_cast<std::size_t>(verdict.category)].certified;
  json.member("threshold_from", certified ? "certificate" : "configuration");
  if (certified) {
    const auto promise = snapshot.promise();
    json.key("promise");
    promise ? json.value(*promise) : json.null();
  }
  json.member("shift", decision.evidence.shift);
  json.member("stage", decision.routed ? to_string(verdict.stage) : std::string_view("passthrough"));
  json.member("reason", verdict.reason);
  json.member("fallback", decision.routed && verdict.stage == classify::Stage::kFallback);
  json.member("escalated", decision.ranked.escalated);
  json.member("model", snapshot.market.model(decision.ranked.candidates.front().model).name);
  write_candidates(snapshot, decision, json);
  write_continuity(snapshot, decision, json);
  write_requirements(request, json);
  write_evidence(snapshot, decision, json);
  json.member("policy_version", snapshot.policy_version).member("classifier_version", snapshot.classifier_version);
  write_encoder(snapshot, decision, json);
  if (decision.evidence.recalled.said()) write_recalled(snapshot, decision.evidence.recalled, json);
  if (snapshot.consultant && decision.routed) write_opinion(snapshot, decision, json);
  json.member("classify_us", in_microseconds(decision.classify_time));
  json.end_object();
}

}  // namespace pointsman::gateway
