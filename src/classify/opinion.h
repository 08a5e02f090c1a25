// What a small language model said about a text, carried to the router's categories: evidence for a verdict, kept in
// the ledger so that the verdict can be made again. Plain values of one request.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace pointsman::classify {

// What became of asking.
enum class OpinionOutcome : std::uint8_t {
  kNone,       // no small model is configured, or it cannot matter for this request
  kNotNeeded,  // the classifier was sure enough
  kUsed,       // it answered with one of the labels
  kLate,       // no answer within the deadline
  kBusy,       // as many questions as may be were under way
  kResting,    // its circuit breaker is open
  kNoBudget,   // what may be spent on questions is spent
  kRefused,    // it would not answer
  kUnusable,   // it answered something else: no label, not the JSON that was asked for, cut short
  kFailed,     // the provider failed: no connection, an error status
  kCancelled,  // the client left meanwhile, or we are stopping
};
inline constexpr std::size_t kOpinionOutcomes = 11;

constexpr std::string_view to_string(OpinionOutcome outcome) {
  constexpr std::array<std::string_view, kOpinionOutcomes> kNames = {"none",     "not_needed", "used",      "late",
                                                                     "busy",     "resting",    "no_budget", "refused",
                                                                     "unusable", "failed",     "cancelled"};
  return kNames[static_cast<std::size_t>(outcome)];
}
constexpr std::optional<OpinionOutcome> opinion_outcome_from(std::string_view name) {
  for (std::size_t i = 0; i < kOpinionOutcomes; ++i) {
    if (to_string(static_cast<OpinionOutcome>(i)) == name) return static_cast<OpinionOutcome>(i);
  }
  return std::nullopt;
}

// Where its probabilities come from; each kind is off in its own way and is calibrated for itself.
enum class OpinionSource : std::uint8_t {
  kLogprobs,  // of the tokens it wrote, renormalised over the labels
  kStated,    // the confidence it put into words
  kSampled,   // shares among several answers
  kBare,      // one answer and no number
};
inline constexpr std::size_t kOpinionSources = 4;

constexpr std::string_view to_string(OpinionSource source) {
  constexpr std::array<std::string_view, kOpinionSources> kNames = {"logprobs", "stated", "sampled", "bare"};
  return kNames[static_cast<std::size_t>(source)];
}
constexpr std::optional<OpinionSource> opinion_source_from(std::string_view name) {
  for (std::size_t i = 0; i < kOpinionSources; ++i) {
    if (to_string(static_cast<OpinionSource>(i)) == name) return static_cast<OpinionSource>(i);
  }
  return std::nullopt;
}

struct Opinion {
  OpinionOutcome outcome = OpinionOutcome::kNone;
  OpinionSource source = OpinionSource::kBare;
  bool cached = false;  // said of the same text before
  // Of the router's categories, in the configuration's order; empty unless `outcome` is kUsed. What is missing to 1
  // is the probability of "none of them", if it could say that. Not calibrated.
  std::vector<float> probabilities;
  bool none_offered = false;
  // Indices of the categories whose labels were offered; empty: all.
  std::vector<int> offered;
  // kLogprobs: the probability that stood on labels at all, before renormalising. Below about 0.9 the model did not
  // follow the instruction, whatever it says.
  float coverage = 1;

  bool usable() const { return outcome == OpinionOutcome::kUsed && !probabilities.empty(); }
};

}  // namespace pointsman::classify
