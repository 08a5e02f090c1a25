#include "cli/renewed_pairing.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "cli/paired_measurement.h"

namespace pointsman::cli {
namespace {

using base::Result;
using classify::OpinionOutcome;
using learn::LossMatrix;

constexpr double kTeaching = 0.4;

LossMatrix losses_of(const classify::Pairing& pairing) {
  std::vector<std::string> names;
  for (const classify::PairedCategory& one : pairing.categories) names.push_back(one.name);
  return pairing.kind == classify::RiskKind::kAnyMistake ? LossMatrix::any_mistake(std::move(names))
                                                         : LossMatrix::under_routing(std::move(names));
}

// What a provider's failure hides may have been anything; what the model said in vain is an answer.
bool was_heard(const JudgedDecision& row, const classify::Pairing& pairing) {
  if (row.asked_with != pairing.prompt_version) return false;
  switch (row.opinion.outcome) {
    case OpinionOutcome::kUsed:
      return row.opinion.usable();
    case OpinionOutcome::kRefused:
    case OpinionOutcome::kUnusable:
      return true;
    default:
      return false;
  }
}

struct Rows {
  std::vector<MeasuredRow> all;
  std::size_t heard = 0;
  std::string labels;  // which decisions, and what they were judged to be
};

Rows rows_of(const Harvest& harvest, const JudgedScores& scores, const classify::Pairing& pairing) {
  Rows out;
  for (std::size_t i = 0; i < harvest.judged.size(); ++i) {
    const JudgedDecision& one = harvest.judged[i];
    if (one.golden) continue;  // only the random slice is like the traffic
    const auto local = scores.row(i);
    MeasuredRow row{.local = {local.begin(), local.end()},
                    .truth = one.truth,
                    .shapes = teaches(one.example.identity(), kTeaching)};
    if (was_heard(one, pairing)) {
      row.opinion = one.opinion;
      ++out.heard;
    } else {
      row.hearing = Hearing::kUnheard;
    }
    out.labels += one.decision.to_string() + ":" + std::to_string(one.truth) + "\n";
    out.all.push_back(std::move(row));
  }
  return out;
}

// No more can be asked about than was: levels beyond would only take their part of the confidence.
std::vector<double> levels_for(const std::vector<MeasuredRow>& rows) {
  const auto heard = std::ranges::count(rows, Hearing::kHeard, &MeasuredRow::hearing);
  const double share = static_cast<double>(heard) / static_cast<double>(std::max<std::size_t>(rows.size(), 1));
  return {share * 0.25, share * 0.5, share * 0.75, share * 0.9, share};
}

}  // namespace

Result<std::string> renew_pairing(const config::Config& config, const Harvest& harvest, const JudgedScores& scores,
                                  std::string_view version) {
  const classify::Pairing& known = config.router.llm->paired;
  const LossMatrix losses = losses_of(known);
  Rows rows = rows_of(harvest, scores, known);
  MeasurementInput input{.losses = losses, .promise = {.at_most = known.at_most, .confidence = known.confidence}};
  for (const std::string& name : losses.categories()) {
    const auto at = std::ranges::find(harvest.categories, name);
    if (at == harvest.categories.end()) {
      return base::fail(base::ErrorCode::kInvalidArgument, "router.llm.pairing is about other categories");
    }
    input.categories.push_back(static_cast<std::size_t>(at - harvest.categories.begin()));
  }
  input.rows = std::move(rows.all);
  input.options.levels = levels_for(input.rows);
  input.known = &known.opinions;
  const std::size_t judged = input.rows.size();
  const auto failed = [&](std::string_view why) {
    return base::fail(base::ErrorCode::kInvalidArgument,
                      fmt::format("the pairing could not be renewed from {} decisions judged at random, {} of which "
                                  "have the small model's opinion: {}",
                                  judged, rows.heard, why));
  };
  auto measured = measure(input, known.kind, base::sha256_hex(rows.labels));
  if (!measured) return failed(measured.error().message());
  classify::Pairing& pairing = measured->pairing;
  if (!pairing.certified) return failed(pairing.next);
  pairing.classifier = version;
  pairing.model = known.model;
  pairing.prompt_version = known.prompt_version;
  return classify::write_pairing(pairing);
}

}  // namespace pointsman::cli
