// A classifier that learns from the small model it would otherwise have to ask: from no labels at all to one that is
// asked seldom. Verdicts become soft labels, the classifier is trained again now and then, a gate decides whether the
// new one serves, and whom to ask follows from what held-out verdicts say.
//
// It sees every request of a stream: what the classifier that served said, what the small model said if it was asked,
// what a person said if one did. Where the classifier is unsure the model is asked; of the others a few are asked by
// chance, and these only judge: weighted by how rarely they are drawn (Horvitz and Thompson 1952), they show what the
// classifier gets wrong although it is sure. What is taught and what judges is settled by a text's hash, so no text
// ever does both. When verdicts name categories that the classifier hardly knows, or its doubt rises beyond what it
// was after the last training (classify/shift.h), more requests are asked about and training comes sooner, until it has
// learnt what is new.
// Before every training each verdict is weighed against a classifier that learnt from other texts, so that the model's
// own mistakes are not all learnt by heart. Calibration is towards the model's verdicts: what a person says takes their
// place where there is any, but nobody can tell from verdicts alone how often the model is wrong. Pure: time does not
// matter and chance is an argument; the same calls give the same state and the same artefacts. Belongs to one thread.
// Memory is bounded by `keep`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "classify/classifier.h"
#include "classify/combination.h"
#include "classify/shift.h"
#include "learn/dataset.h"
#include "learn/threshold_path.h"
#include "learn/train.h"

namespace pointsman::learn {

// A request, as the ledger has it.
struct DistilRow {
  std::string text;
  std::string context;
  int tools = 0;
  std::vector<float> local;   // of the configured categories, by the classifier that served; empty: there was none
  classify::Opinion opinion;  // not usable: nobody was asked, or nothing came of it
  std::optional<std::size_t> human;  // a person's label; the number of categories: none of them
  bool by_chance = false;            // asked although the classifier was sure
  float chance = 1;                  // how probable it was that such a request is asked about
};

struct DistilOptions {
  // What the model's opinion is worth, if anybody has measured it; for other sources its logarithms count for less,
  // since such models say more than they know.
  classify::Combination opinions;
  double bar = 0.4;                     // a verdict less sure than this teaches nothing
  float human_weight = 3;               // of a person's label, beside a verdict's 1
  double held_out = 0.1;                // share of the verdicts that judge instead of teaching
  std::size_t first = 300;              // verdicts before the first training...
  std::size_t first_per_category = 30;  // ... and for each category, on average
  double growth = 1.1;                  // more verdicts before the next
  double price = 0.2;         // asked is where the model would correct so much more than where the classifier is surest
  double most_asked = 0.125;  // of the requests, while nothing looks new; by the latest thousand, from the 300th after
                              // a training on
  double audit = 0.02;         // of the requests that the classifier is sure of, asked by chance
  double alarmed_audit = 0.3;  // the same while requests look new; these teach, too
  double worse = 0.05;         // what a new classifier may lose in held-out agreement, beyond which it is refused...
  double gate_risk = 0.3;      // ... unless that could be chance with more than this probability
  std::size_t keep = 50'000;   // requests
  std::size_t window = 5000;   // the latest of them, by which whom to ask is settled
  TrainOptions train{.effort = Effort::kFast, .keep_examples = false};
  std::uint64_t seed = 1;
};

// Whether to ask about a request, and how probable that was.
struct Asking {
  bool ask = true;
  bool by_chance = false;
  float chance = 1;
};

// How a new classifier fared on verdicts that neither has learnt from.
struct RefitJudgement {
  bool accepted = false;
  std::size_t rows = 0;
  std::size_t wrong_before = 0;  // all of them, if there was no classifier
  std::size_t wrong_after = 0;
};

struct Refit {
  std::string artefact;
  RefitJudgement gate;
  std::size_t taught = 0;  // verdicts and people's labels it learnt from
  double unheard = 0;      // share of them whose category is too rare to be learnt
  std::size_t known = 0;   // categories it knows
  double threshold = 1;    // below it is asked, if the gate accepted
};

class SelfDistillation {
 public:
  // At least two categories, as configured.
  SelfDistillation(std::vector<std::string> categories, DistilOptions options);

  // `draw` is uniform in [0, 1).
  Asking asking(std::span<const float> local, double draw) const;
  // What the classifier that serves and the model say together; the row's opinion is usable. Categories that the
  // classifier has not learnt share what it leaves to none: it cannot speak against them.
  std::vector<float> both(const DistilRow& row) const;
  // Every request, asked about or not, in the order they came.
  void take(DistilRow row);
  // Enough has come since the last training.
  bool due() const;
  // Trains on everything taken so far and lets the gate judge it beside `current` (null: there is none). If it is
  // accepted, whom to ask is settled by it from now on: the caller serves it. kInvalidArgument when the verdicts name
  // fewer than two categories.
  base::Result<Refit> refit(const classify::Classifier* current);

  bool alarmed() const { return alarmed_; }
  double threshold() const { return threshold_; }
  std::size_t verdicts() const { return verdicts_; }

 private:
  struct Kept {
    DistilRow row;
    std::vector<float> soft;  // what the verdict says of the categories; empty: nobody was asked
    std::size_t label = 0;    // a person's, else the verdict's; the number of categories: none
    bool verdict = false;     // the model said something that can be read
    bool judges = false;
  };
  bool is_held_out(const DistilRow& row) const;
  void watch(std::span<const float> local);
  void count_new(const Kept& kept);
  void look_for_alarm();
  void keep_to_share();
  // What teaches; of one half of the texts, or of both.
  Dataset lessons(Refit& out, std::optional<bool> half = std::nullopt) const;
  // Judges every teaching verdict once more beside a classifier that learnt from the other half of them: a verdict
  // that the others contradict counts for less.
  void cross_check();
  std::vector<float> pooled(const DistilRow& row, std::vector<float> local, const std::vector<bool>& known) const;
  void label(Kept& kept) const;
  std::vector<const Kept*> judges() const;
  // The classifier's largest probability for each, and whether it is of another category than the verdict.
  std::vector<float> tops(const classify::Classifier* classifier, std::span<const Kept* const> judges,
                          std::vector<bool>& wrong) const;
  void adopt(const classify::Classifier& classifier, float ask_below);

  std::vector<std::string> categories_;
  DistilOptions options_;
  std::deque<Kept> kept_;
  std::size_t verdicts_ = 0;
  std::size_t verdicts_at_attempt_ = 0;
  std::vector<bool> known_;                // categories that the serving classifier has learnt
  std::vector<std::size_t> heard_;         // verdicts that teach, by category
  std::vector<std::size_t> new_verdicts_;  // by category it does not know
  std::deque<bool> strange_;               // of the latest verdicts: of a category it hardly knows
  bool serving_ = false;
  double worth_asking_ = 1;   // below it the model would correct enough
  double threshold_ = 1;      // the same, or less to keep to the share
  std::deque<float> latest_;  // largest probabilities of the latest requests since the last training
  std::size_t since_look_ = 0;
  std::unordered_set<std::uint64_t> judging_texts_;  // asked by chance
  std::vector<Call> fresh_;                          // of the first requests after a training
  classify::ShiftDetector detector_;
  bool alarmed_ = false;
  float l2_ = 0;  // of the last training; 0: there was none
};

}  // namespace pointsman::learn
