// Why a text was classified as it was: what each of its features adds for the winner against the runner-up, and the
// training examples it resembles most.
//
// The parts add up: prior + meaning + network + encoder + all features = log_odds, the ln odds of the winner against
// the runner-up as the views' softmax gives them, up to rounding. Pure, deterministic, any thread. Reads all stored
// examples: for explanations, not for requests.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "classify/linear_model.h"
#include "text/feature_names.h"

namespace pointsman::classify {

struct Contribution {
  text::FeatureKind kind = text::FeatureKind::kWord;
  std::string text;
  std::string word;    // kGram: the word it is in
  float log_odds = 0;  // above 0: speaks for the winner
};

struct NearExample {
  std::size_t number = 0;  // in the order of training
  std::size_t category = 0;
  std::string_view text;  // of the model's bytes
  float similarity = 0;   // 0 to 1: cosine of the weighted features; with a table, mostly that of the vectors
};

struct Reasons {
  std::vector<float> probabilities;
  Inspection inspection;
  std::size_t winner = 0;
  std::size_t runner_up = 0;  // the winner itself if there is no other category
  // What the linear model alone would have said; other than the winner when the network changed the answer.
  std::size_t linear_winner = 0;
  float linear_probability = 0;  // of its winner, times the probability of being in scope
  float log_odds = 0;
  float prior = 0;
  float meaning = 0;                   // of the table's mean vector; 0 without a table
  float network = 0;                   // 0 if it was not asked
  float encoder = 0;                   // 0 without an embedding
  std::vector<Contribution> features;  // those the model knows, the strongest first
  std::size_t unknown_features = 0;
  std::vector<NearExample> nearest;  // the most similar first
};

// With the `nearest` most similar stored examples; 0 spares reading them. Fails as LinearModel::inspect does.
base::Result<Reasons> reasons_for(const LinearModel& model, const Input& input, std::size_t nearest);

// The same contributions, but those of a word's letters as one whose text is the word; the strongest first.
std::vector<Contribution> with_letters_gathered(std::span<const Contribution> features);

// The stored examples most similar to `text`, equal ones in the order of training. Those that share nothing are left
// out.
std::vector<NearExample> nearest_examples(const ArtefactView& artefact, std::string_view text, std::size_t count);

}  // namespace pointsman::classify
