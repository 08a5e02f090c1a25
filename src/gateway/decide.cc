#include "gateway/decide.h"

#include "base/suggest.h"

namespace pointsman::gateway {
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

}  // namespace

void Decider::use(const Snapshot& snapshot) {
  scratch_ = snapshot.classifier ? snapshot.classifier->make_scratch() : nullptr;
  raw_.assign(snapshot.classifier ? snapshot.classifier->categories().size() : 0, 0.0F);
}

void Decider::gather(const Snapshot& snapshot, const llm::ChatRequest& request, std::string_view route_header,
                     classify::Evidence& out) {
  out.route_header = snapshot.use_header ? route_header : std::string_view();
  out.rule_hits.clear();
  out.probabilities.clear();
  out.classifier_error.clear();
  if (snapshot.use_rules && snapshot.rules.size() > 0) {
    for (const int rule : snapshot.rules.match(request.text)) out.rule_hits.push_back(snapshot.rules.name(rule));
  }
  if (!snapshot.classifier) return;
  const classify::Input input{request.text, request.context, static_cast<int>(request.tools)};
  auto scored = snapshot.classifier->classify(input, *scratch_, raw_);
  if (scored) {
    out.probabilities = snapshot.projection.apply(raw_);
  } else {
    out.classifier_error = scored.error().message();
  }
}

base::Result<void> Decider::decide(const Snapshot& snapshot, const llm::ChatRequest& request,
                                   std::string_view route_header, std::span<const route::Health> health,
                                   Decision& out) {
  out.routed = request.model == snapshot.policy.router;
  if (!out.routed) {
    const int model = snapshot.find_model(request.model);
    if (model < 0) return base::fail(unknown_model(snapshot, request.model));
    out.verdict = {};
    out.evidence = {};
    out.verdict.reason = "model named by the client";
    out.verdict.stage = classify::Stage::kClient;
    // The client's own choice is not second-guessed: what the model cannot do, its provider says.
    out.ranked.candidates.assign(1, {.model = static_cast<route::ModelIndex>(model)});
    out.ranked.excluded.clear();
    out.ranked.escalated = false;
    return {};
  }
  gather(snapshot, request, route_header, out.evidence);
  return decide_from(snapshot, request.needs, health, out);
}

base::Result<void> decide_from(const Snapshot& snapshot, const llm::Requirements& needs,
                               std::span<const route::Health> health, Decision& inout) {
  PM_TRY(inout.verdict, snapshot.cascade.decide(inout.evidence));
  return route::rank(needs, inout.verdict, snapshot.market, health, inout.ranked);
}

}  // namespace pointsman::gateway
