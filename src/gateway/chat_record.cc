// What a ChatFlow writes down of its request: the entry's first half, what those hear who judge classifiers on trial,
// and what is told as a trace.
#include <algorithm>

#include "base/hash.h"
#include "gateway/bill.h"
#include "gateway/chat_flow.h"
#include "gateway/span_record.h"

namespace pointsman::gateway {

using ledger::Outcome;

namespace {

std::chrono::microseconds micros(base::Duration duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration);
}

}  // namespace

void ChatFlow::begin_entry() {
  admitted_ = true;
  ledger::Entry& entry = state_->entry;
  entry = {};
  const base::WallTime now = worker_.parts_.clock.wall();
  entry.id = worker_.ids_.next(now);
  entry.started = now - micros(net::Loop::now() - exchange_.received_at());
  decision_id_ = entry.id.to_string();
  const llm::ChatRequest& request = state_->request;
  entry.requested_model = request.model;
  if (protocol_ != llm::Protocol::kChatCompletions) entry.passage.client = to_string(protocol_);
  entry.conversation = request.conversation;
  entry.text_hash = base::xxh3(request.text);
  if (snapshot_->config.ledger.store_prompts == config::StorePrompts::kFull) {
    entry.text = request.text;
    entry.context = request.context;
  }
  entry.user = request.user;
  entry.capabilities = request.needs.capabilities.bits();
  entry.input_tokens_estimate = request.needs.input_tokens;
  entry.output_tokens_limit = request.needs.output_tokens;
  entry.stream = request.stream;
  entry.tool_result_turn = request.turn == llm::Turn::kToolResult;
  entry.fitting = fitting_;
  const std::string_view rough = state_->decision.prompts.empty() ? std::string_view() : "bytes";
  entry.bill.counted = route::describe_sizes(counted_.empty() ? rough : counted_, request.needs.input_tokens,
                                             state_->decision.prompts, snapshot_->market);
  if (!counted_.empty()) entry.bill.prompt_tokens = request.needs.input_tokens;
  entry.policy_version = snapshot_->policy_version;
  entry.request_bytes = request.body.size();
}

void ChatFlow::record_decision() {
  ledger::Entry& entry = state_->entry;
  const Decision& decision = state_->decision;
  const classify::Verdict& verdict = decision.verdict;
  entry.classify_time = micros(decision.classify_time);
  if (decision.encoder.outcome != EncoderOutcome::kNone) {
    entry.encoder = to_string(decision.encoder.outcome);
    entry.encoder_time = micros(decision.encoder.took);
  }
  record_opinion();
  record_recalled();
  record_order();
  record_continuity();
  entry.route_header = decision.evidence.route_header;
  entry.probabilities = decision.evidence.probabilities;
  entry.rule_hits = decision.evidence.rule_hits;
  entry.features = decision.features;
  if (decision.routed) entry.classifier_version = snapshot_->classifier_version;
  if (verdict.category >= 0)
    entry.category = snapshot_->policy.categories[static_cast<std::size_t>(verdict.category)].name;
  entry.probability = verdict.probability;
  entry.threshold = verdict.threshold;
  entry.stage = decision.routed ? to_string(verdict.stage) : "passthrough";
  entry.reason = verdict.reason;
  for (const route::Candidate& candidate : decision.ranked.candidates) {
    entry.candidates.push_back(snapshot_->market.model(candidate.model).name);
  }
  if (decision.explored) {
    entry.exploration.preferred = snapshot_->market.model(decision.explored->preferred).name;
    entry.exploration.propensity = static_cast<float>(decision.explored->propensity);
  }
  entry.bill.expected = expected_cost_of(*snapshot_, state_->request, decision);
  entry.bill.baseline = snapshot_->market.model(baseline_of(*snapshot_, decision)).name;
  for (const int model : generation_->health.unavailable()) {
    entry.unavailable.push_back(snapshot_->market.model(static_cast<route::ModelIndex>(model)).name);
  }
}

void ChatFlow::record_order() {
  const Decision& decision = state_->decision;
  if (!decision.ranked.strategy || *decision.ranked.strategy == route::Strategy::kPrice) return;
  ledger::Ordering& order = state_->entry.order;
  order.strategy = to_string(*decision.ranked.strategy);
  if (decision.ranked.drawn) order.drawn = snapshot_->market.model(*decision.ranked.drawn).name;
  if (*decision.ranked.strategy != route::Strategy::kLatency) return;
  order.lot = decision.lot;
  for (const route::ModelIndex one :
       snapshot_->market.candidates(static_cast<std::size_t>(decision.verdict.category))) {
    if (const route::Pace& pace = decision.paces[one])
      order.paces.push_back({snapshot_->market.model(one).name, *pace});
  }
}

void ChatFlow::record_continuity() {
  const route::Keeping& keeping = state_->decision.ranked.keeping;
  if (!keeping.before) return;
  state_->entry.continuity = {.model = snapshot_->market.model(*keeping.before).name,
                              .cached_tokens = keeping.cached,
                              .cold = keeping.cold,
                              .kept = keeping.kept.has_value()};
}

void ChatFlow::record_opinion() {
  const classify::Opinion& opinion = state_->decision.evidence.opinion;
  const OpinionNote& note = state_->decision.opinion;
  if (opinion.outcome == classify::OpinionOutcome::kNone) return;
  ledger::Consultation& asked = state_->entry.consultation;
  asked.outcome = to_string(opinion.outcome);
  if (opinion.outcome == classify::OpinionOutcome::kNotNeeded) return;
  asked.model = snapshot_->consultant->model();
  asked.prompt_version = snapshot_->consultant->prompt_version();
  if (opinion.usable()) asked.source = to_string(opinion.source);
  asked.probabilities = opinion.probabilities;
  asked.offered.assign(opinion.offered.begin(), opinion.offered.end());
  asked.coverage = opinion.coverage;
  asked.none_offered = opinion.none_offered;
  asked.cached = opinion.cached;
  asked.hedged = note.hedged;
  asked.usage = note.bill.usage;
  asked.cost = note.bill.cost;
  asked.took = micros(note.took);
}

void ChatFlow::record_recalled() {
  const classify::Recollection& recalled = state_->decision.evidence.recalled;
  if (!recalled.said()) return;
  ledger::Recall& out = state_->entry.recalled;
  out.decision = recalled.decision;
  if (recalled.category >= 0) {
    out.category = snapshot_->policy.categories[static_cast<std::size_t>(recalled.category)].name;
  }
  out.likeness = recalled.likeness;
  out.memory = recalled.memory;
}

void ChatFlow::tell_trial() {
  TrialFeed* const feed = worker_.parts_.feed;
  if (feed == nullptr || !feed->wants_events() || !state_->decision.routed) return;
  const ledger::Entry& entry = state_->entry;
  const bool failed = entry.outcome == Outcome::kUpstreamError || entry.outcome == Outcome::kCut ||
                      entry.outcome == Outcome::kGatewayError;
  feed->note({.conversation = entry.conversation,
              .canary = generation_ == worker_.canary_,
              .first = is_first(),
              .bad = failed,
              .cost = entry.cost ? std::optional(static_cast<double>(entry.cost->nanos) * 1e-9) : std::nullopt});
}

// A conversation begins with the user's first message, and perhaps what the system says before it.
bool ChatFlow::is_first() const {
  return state_->request.messages <= 2 && state_->request.context.empty();
}

void ChatFlow::show_champion() {
  TrialFeed* const feed = worker_.parts_.feed;
  const classify::Evidence& evidence = state_->decision.evidence;
  if (feed == nullptr || !feed->wants_requests() || generation_ != worker_.present_) return;
  if (!state_->decision.routed || evidence.probabilities.empty() || !is_first()) return;
  const auto top = std::ranges::max_element(evidence.probabilities);
  float inside = 0;
  for (const float one : evidence.probabilities) inside += one;
  feed->show({.text = state_->request.text.substr(0, TrialFeed::kText),
              .probability = *top,
              .outside = std::max(0.0F, 1 - inside),
              .category = static_cast<int>(top - evidence.probabilities.begin())});
}

void ChatFlow::begin_trace() {
  const auto& otlp = snapshot_->config.telemetry.otlp;
  if (otlp && worker_.parts_.spans != nullptr) {
    state_->spans.begin(exchange_.head().fields, otlp->sample, worker_.span_ids_);
  }
}

void ChatFlow::hand_over_trace() {
  if (!state_->spans.sampled()) return;
  const auto& attempts = state_->entry.attempts;
  trace::Record* const slot = worker_.parts_.spans->slot();
  if (slot == nullptr) return generation_->measure.spans_lost(2 + attempts.size());
  const bool released =
      model_ >= 0 && !given_again_ && attempt_ < attempts.size() && !attempts[attempt_].judged.discarded;
  fill_record({.snapshot = *snapshot_,
               .entry = state_->entry,
               .notes = state_->spans,
               .decision = decision_id_,
               .protocol = protocol_,
               .received = exchange_.received_at(),
               .answered = answered_at_,
               .now = net::Loop::now(),
               .released = released ? static_cast<int>(attempt_) : -1,
               .asked = asked_ != nullptr},
              *slot);
  worker_.parts_.spans->commit();
}

}  // namespace pointsman::gateway
