#include "gateway/decide.h"

#include "base/suggest.h"
#include "ledger/entry.h"

namespace pointsman::gateway {

using base::Result;

namespace {

base::Error unknown_model(const Snapshot& snapshot, std::string_view name) {
  std::string message = "The model '" + std::string(name) + "' does not exist here.";
  const auto near = base::nearest_names(name, snapshot.model_names());
  if (near.empty()) {
    message += " Send 'model': '" + snapshot.policy.router + "' to have one chosen, or see GET /v1/models.";
  } else {
    message += " Did you mean ";
    for (std::size_t i = 0; i < near.size(); ++i) message += (i == 0 ? "'" : ", '") + near[i] + "'";
    message += "?";
  }
  return base::Error(base::ErrorCode::kNotFound, std::move(message), base::Origin::kClient).at("/model");
}

// Whether more than one model meets the hard requirements; otherwise they have decided.
bool has_choice(const route::Market& market, const llm::Requirements& needs,
                std::span<const route::PromptSize> prompts) {
  int fit = 0;
  for (std::size_t i = 0; i < market.models().size() && fit < 2; ++i) {
    if (!route::misfit(needs, market, static_cast<route::ModelIndex>(i), prompts)) ++fit;
  }
  return fit > 1;
}

// Whether the header, a rule or people's corrections decide, or the header is one that nothing can be decided from.
bool decided_without_classifier(const classify::Cascade& cascade, const classify::Evidence& evidence) {
  const auto verdict = cascade.decide(evidence);
  return !verdict || is_settled(*verdict);
}

}  // namespace

void Decider::use(const Snapshot& snapshot) {
  scratch_ = snapshot.classifier ? snapshot.classifier->make_scratch() : nullptr;
  raw_.assign(snapshot.classifier ? snapshot.classifier->categories().size() : 0, 0.0F);
}

void Decider::gather(const Snapshot& snapshot, const llm::ChatRequest& request, std::string_view route_header,
                     classify::Evidence& out) {
  out.route_header = snapshot.use_header ? route_header : std::string_view();
  out.rule_hits.clear();
  if (snapshot.use_rules && snapshot.rules.size() > 0) {
    for (const int rule : snapshot.rules.match(request.text)) out.rule_hits.push_back(snapshot.rules.name(rule));
  }
  recall(snapshot, request, out.recalled);
  classify(snapshot, request, {}, out);
}

void Decider::recall(const Snapshot& snapshot, const llm::ChatRequest& request, classify::Recollection& out) {
  out = {};
  if (!memory_ || memory_->size() == 0) return;
  const auto hit = memory_->find({.text = request.text, .context = request.context}, recalling_);
  if (!hit) return;
  const int category = hit->category.empty() ? -1 : snapshot.cascade.find(hit->category);
  if (category < 0 && !hit->category.empty()) return;  // it is not configured any more
  out = {.decision = std::string(hit->correction),
         .category = category,
         .likeness = hit->likeness,
         .memory = memory_->version()};
}

void Decider::classify(const Snapshot& snapshot, const llm::ChatRequest& request, std::span<const float> embedding,
                       classify::Evidence& out) {
  out.probabilities.clear();
  out.classifier_error.clear();
  if (!snapshot.classifier) return;
  const classify::Input input{request.text, request.context, static_cast<int>(request.tools), embedding};
  auto scored = snapshot.classifier->classify(input, *scratch_, raw_);
  if (scored) {
    out.probabilities = snapshot.projection.apply(raw_);
  } else {
    out.classifier_error = scored.error().message();
  }
}

Result<bool> Decider::look(const Snapshot& snapshot, const llm::ChatRequest& request, std::string_view route_header,
                           Decision& out) {
  out.encoder = {};
  out.opinion = {};
  out.evidence.opinion = {};
  out.alone.clear();
  out.features.clear();
  out.forced = false;
  out.routed = request.model == snapshot.policy.router;
  if (!out.routed) {
    if (snapshot.find_model(request.model) < 0) return base::fail(unknown_model(snapshot, request.model));
    return false;
  }
  gather(snapshot, request, route_header, out.evidence);
  if (snapshot.keeps_features()) keep_features(snapshot, out.features);
  const bool names_encoder = snapshot.classifier && snapshot.classifier->encoder() != nullptr;
  if (!names_encoder || !out.evidence.classifier_error.empty()) return false;
  out.forced = !has_choice(snapshot.market, request.needs, out.prompts);
  out.encoder.outcome = EncoderOutcome::kNotNeeded;
  if (!snapshot.classifier->wants_embedding(*scratch_)) return false;
  if (out.forced || decided_without_classifier(snapshot.cascade, out.evidence)) return false;
  out.encoder.outcome = EncoderOutcome::kUnavailable;
  return snapshot.encoder != nullptr;
}

void Decider::hear(const Snapshot& snapshot, const llm::ChatRequest& request, std::span<const float> embedding,
                   Decision& out) {
  out.alone = out.evidence.probabilities;
  classify(snapshot, request, embedding, out.evidence);
}

void Decider::keep_features(const Snapshot& snapshot, std::vector<text::Feature>& out) const {
  if (!snapshot.classifier) return;
  const auto seen = snapshot.classifier->features(*scratch_);
  if (seen.size() <= ledger::Entry::kMaxFeatures) out.assign(seen.begin(), seen.end());
}

bool Decider::wants_opinion(const Snapshot& snapshot, const llm::ChatRequest& request, const Decision& decision) const {
  if (!decision.routed || !snapshot.consultant || !decision.evidence.classifier_error.empty()) return false;
  if (decision.evidence.shift || request.text.empty()) return false;
  const auto verdict = snapshot.cascade.decide(decision.evidence);
  if (!verdict || is_settled(*verdict)) return false;
  return verdict->stage == classify::Stage::kFallback && has_choice(snapshot.market, request.needs, decision.prompts);
}

Result<void> Decider::conclude(const Snapshot& snapshot, const llm::ChatRequest& request, route::Conditions conditions,
                               Decision& out) {
  conditions.conversation = request.conversation;
  if (out.routed) {
    out.evidence.unheard = snapshot.counts_on_encoder() && is_missing(out.encoder.outcome);
    return decide_from(snapshot, request.needs, conditions, out);
  }
  out.verdict = {};
  out.evidence = {};
  out.verdict.reason = "model named by the client";
  out.verdict.stage = classify::Stage::kClient;
  // The client's own choice is not second-guessed: what the model cannot do, its provider says.
  const int model = snapshot.find_model(request.model);
  out.ranked.candidates.assign(1, {.model = static_cast<route::ModelIndex>(model)});
  out.ranked.excluded.clear();
  out.ranked.escalated = false;
  out.ranked.strategy.reset();
  out.ranked.drawn.reset();
  out.ranked.keeping = {};
  return {};
}

Result<void> Decider::decide(const Snapshot& snapshot, const llm::ChatRequest& request, std::string_view route_header,
                             const route::Conditions& conditions, Decision& out) {
  PM_TRY(const bool ask, look(snapshot, request, route_header, out));
  if (ask) {
    const base::MonoTime begin = std::chrono::steady_clock::now();
    const auto scratch = snapshot.encoder->make_scratch();
    std::vector<float> embedding(snapshot.encoder->dimensions());
    const std::string_view text = request.text;
    snapshot.encoder->encode({&text, 1}, *scratch, embedding);
    out.encoder = {EncoderOutcome::kUsed, std::chrono::steady_clock::now() - begin};
    hear(snapshot, request, embedding, out);
  }
  return conclude(snapshot, request, conditions, out);
}

Result<void> decide_from(const Snapshot& snapshot, const llm::Requirements& needs, const route::Conditions& conditions,
                         Decision& inout) {
  PM_TRY(inout.verdict, snapshot.cascade.decide(inout.evidence));
  return route::rank(needs, inout.verdict, snapshot.market, conditions, inout.ranked);
}

}  // namespace pointsman::gateway
