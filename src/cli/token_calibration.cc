#include "cli/token_calibration.h"

#include <algorithm>
#include <utility>

#include "cli/find_config.h"
#include "cli/text_format.h"

namespace pointsman::cli {
namespace {

using tokens::Measure;

// Provider and name there of the model that the configuration calls so; empty: none.
std::pair<std::string, std::string> configured(const LedgerChoice& choice, std::string_view model, Context& context) {
  if (choice.config.empty()) return {};
  const auto found = find_config(choice.config, context);
  if (!found) return {};
  const auto at = std::ranges::find(found->config.models, model, &config::ModelConfig::name);
  if (at == found->config.models.end()) return {};
  return {at->provider, at->upstream};
}

std::string_view measure_name(Measure measure) {
  return measure == Measure::kO200k ? "token counted in o200k_base" : "byte of the request";
}

}  // namespace

base::Result<std::vector<ModelCalibration>> find_calibrations(const LedgerChoice& choice, std::string_view model,
                                                              std::int64_t tokens, std::int64_t bytes,
                                                              Context& context) {
  const ledger::BackendPtr ledger = find_ledger(choice, context);
  std::vector<ModelCalibration> out;
  if (!ledger) return out;
  const auto [provider, upstream] = configured(choice, model, context);
  PM_TRY(const auto kept, ledger->calibrations());
  for (const ledger::KeptCalibration& one : kept) {
    const bool meant = provider.empty() ? one.model == model : one.provider == provider && one.model == upstream;
    if (!meant) continue;
    PM_TRY(const auto calibration, tokens::Calibration::from_text(one.state));
    const bool counted = calibration.measure() == Measure::kO200k;
    out.push_back({.provider = one.provider,
                   .model = one.model,
                   .ratios = calibration.ratios(),
                   .measured = counted ? tokens : bytes});
  }
  return out;
}

void print_calibrations(const std::vector<ModelCalibration>& all, Output& out) {
  if (all.empty()) return out.write("No upstream has reported what it makes of prompts for this model.\n");
  for (const ModelCalibration& one : all) {
    const tokens::TokenRatio& ratio = one.ratios.of(one.measured);
    out.print("\n{} at {}, from {}: ", printable(one.model, 60), printable(one.provider, 60),
              count_of(one.ratios.pairs, "answer", "answers"));
    if (!(ratio.weight > 0)) {
      out.write("none of them to a prompt of this size.\n");
      continue;
    }
    out.print("{:.3f} tokens for each {},\n{:.3f} {}. This prompt: about {}, at most {}.\n", ratio.expected,
              measure_name(one.ratios.measure), ratio.upper,
              ratio.promised ? "at most for 99 prompts in 100" : "the most that was seen, too few for a bound",
              tokens::expected_tokens(one.measured, ratio), tokens::most_tokens(one.measured, ratio));
  }
}

void write_calibrations(const std::vector<ModelCalibration>& all, json::Writer& json) {
  json.key("calibrations").begin_array();
  for (const ModelCalibration& one : all) {
    const tokens::TokenRatio& ratio = one.ratios.of(one.measured);
    json.begin_object().member("provider", one.provider).member("model", one.model);
    json.member("measure", one.ratios.measure == Measure::kO200k ? "o200k" : "bytes");
    json.member("answers", one.ratios.pairs).member("measured", one.measured);
    if (ratio.weight > 0) {
      json.member("ratio", ratio.expected).member("upper", ratio.upper).member("promised", ratio.promised);
      json.member("expected", tokens::expected_tokens(one.measured, ratio));
      json.member("most", tokens::most_tokens(one.measured, ratio));
    }
    json.end_object();
  }
  json.end_array();
}

}  // namespace pointsman::cli
