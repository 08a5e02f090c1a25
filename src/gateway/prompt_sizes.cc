#include "gateway/prompt_sizes.h"

#include <algorithm>

#include "tokens/family.h"

namespace pointsman::gateway {

PromptSizes::PromptSizes(const route::Market& market) {
  for (route::ModelIndex i = 0; i < market.models().size(); ++i) {
    const bool exact = tokens::family_of(market.model(i).upstream_name).encoding.has_value();
    models_.push_back({.identity = market.identity(i), .exact = exact});
  }
}

void PromptSizes::follow(const CalibrationTablePtr& table) {
  if (table == table_) return;
  table_ = table;
  any_known_ = false;
  for (Model& one : models_) {
    one.known = table_ ? table_->find(one.identity) : nullptr;
    any_known_ = any_known_ || one.known != nullptr;
  }
}

bool PromptSizes::learns_of(route::ModelIndex model, tokens::Measure measure) const {
  return measure == tokens::Measure::kBytes || !models_[model].exact;
}

void PromptSizes::predict(const CalibrationTablePtr& table, const MeasuredPrompt& prompt,
                          std::vector<route::PromptSize>& out) {
  out.clear();
  follow(table);
  if (!any_known_ || prompt.amount <= 0) return;
  const bool counted = prompt.measure == tokens::Measure::kO200k;
  double sum = 0;
  int known = 0;
  for (route::ModelIndex i = 0; i < models_.size(); ++i) {
    route::PromptSize& size = out.emplace_back(route::PromptSize{.expected = prompt.tokens, .most = prompt.tokens});
    const CalibrationTable::Model* const model = models_[i].known;
    if (model == nullptr || !learns_of(i, prompt.measure)) continue;
    const tokens::TokenRatio& ratio = (counted ? model->counted : model->bytes).of(prompt.amount);
    if (!(ratio.weight > 0)) continue;
    size.expected = tokens::expected_tokens(prompt.amount, ratio);
    size.most = std::max(tokens::most_tokens(prompt.amount, ratio), size.expected);
    sum += ratio.expected;
    ++known;
  }
  if (known == 0) return out.clear();
  if (!counted) expect_alike(prompt, sum / known, out);
}

// The request's own account of a prompt that was not counted is rough, and the same for all. Where it was replaced for
// some models it would be wrong for the others to be held against them by it: they are expected to be as the known ones
// are on average.
void PromptSizes::expect_alike(const MeasuredPrompt& prompt, double ratio, std::vector<route::PromptSize>& out) const {
  for (route::ModelIndex i = 0; i < models_.size(); ++i) {
    const CalibrationTable::Model* const model = models_[i].known;
    if (model != nullptr && model->bytes.of(prompt.amount).weight > 0) continue;
    out[i].expected = tokens::expected_tokens(prompt.amount, {.expected = ratio});
    out[i].most = std::max(out[i].most, out[i].expected);
  }
}

}  // namespace pointsman::gateway
