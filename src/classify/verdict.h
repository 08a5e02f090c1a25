// What classifying says about a request: the category, how probable it is to be right, and which stage said so.
// Plain values; made by the Cascade, kept in the ledger.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "classify/opinion.h"
#include "classify/recollection.h"

namespace pointsman::classify {

// The stage that decided.
enum class Stage : std::uint8_t {
  kClient,    // the header x-pointsman-route
  kRule,      // a keyword or pattern of the configuration
  kMemory,    // people corrected a request like it (correction_memory.h)
  kLocal,     // the in-process classifier
  kLlm,       // the tiny-LLM classifier
  kFallback,  // nobody was sure enough, or nobody could answer: the most capable model (I9)
};
std::string_view to_string(Stage stage);  // "client", "rule", "memory", "local", "llm", "fallback"

// Reasons that begin like this come from people's corrections.
inline constexpr std::string_view kCorrected = "corrected";

struct Verdict {
  // Index into the policy's categories; the best guess even when stage is kFallback; -1 when there is not even a guess.
  int category = -1;
  // Calibrated probability that `category` is right; unknown for rules, the client's word and errors.
  std::optional<float> probability;
  Stage stage = Stage::kFallback;
  // What the probability had to reach for `category`.
  float threshold = 0;
  // One per category, in the policy's order; empty when the local classifier did not run.
  std::vector<float> probabilities;
  // What the small model said, and both opinions together, in the same order; empty when there is no common opinion.
  Opinion opinion;
  std::vector<float> pooled;
  // What people said of a request like it, whether or not that decided.
  Recollection recalled;
  // Machine-readable and short: "rule:math-words", "header", "below_threshold", "below_certified_threshold",
  // "nothing_certified", "shift", "without_encoder", "no_classifier", "classifier_error: ...". Where a small model was
  // asked: "llm_at_or_above_threshold", "llm_below_threshold", "llm_uncalibrated" (nobody has measured what its opinion
  // is worth), or "llm_" and what became of asking ("llm_late", "llm_refused", ...). Where people corrected a request
  // like it: "corrected", "corrected_to_none", "corrected_otherwise".
  std::string reason;
  // Names of all rules that matched, in the configuration's order, also those that did not decide.
  std::vector<std::string> rule_hits;
};

// Whether the header, a rule or people's corrections settled it: whatever else is said of the text changes nothing.
bool is_settled(const Verdict& verdict);

}  // namespace pointsman::classify
