// May a candidate classifier take the champion's place? Both are judged on the same labelled rows, which neither has
// learnt from; what the candidate learnt from is looked at by lesson_audit.h.
//
// Every set must pass every check, so the overall tests need no correction (an intersection-union test: Berger 1982,
// Technometrics 24): a candidate that is really worse by the margin on any set passes with probability alpha at most.
// What is neither proved nor refuted is too little data, with the number of labels that would about settle it.
// Assumption: rows of a set are drawn independently. Alpha is that of one candidate: who tries many on the same golden
// rows will find one that passes by chance, which the recent slice, new each time, does not allow. Pure and
// deterministic; the order of the rows does not matter.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "learn/gate_report.h"
#include "learn/loss_matrix.h"
#include "learn/risk.h"
#include "learn/threshold_path.h"

namespace pointsman::learn {

// The checks:
//   accuracy     on each set: the fall is proved to be below the margin (paired_comparison.h; by betting where rows
//                weigh differently).
//   categories   no category and no slice of the labelled sets (golden and recent together) has fallen: one exact
//   and slices   McNemar test each, adjusted by Holm. One that fell so and by more than its limit fails. A category of
//                so few rows that a fall of `largest_unseen_fall` could not be noticed asks for labels. Proving that
//                each single category holds takes about 3 / limit rows of every one, and thousands where there are
//                many: `prove_each` demands it.
//   calibration  on each labelled set: expected calibration error, 15 bins, with the basic bootstrap's interval
//                (Davison and Hinkley 1997, 5.2), whose upper end must stay below the limit, or below the champion's
//                error and `ece_slack`.
//   promise      on the recent slice, which is like the traffic: thresholds can be certified for the candidate (risk.h)
//                and keep about as much locally.
//   cost         on each labelled set: the mean loss by the loss matrix is proved to rise by less than its margin.
enum class JudgedSet : std::uint8_t {
  kGolden,    // frozen, labelled by people, never learnt from
  kRecent,    // drawn at random from recent traffic, labelled by people
  kVerdicts,  // labelled by a small model that was asked by chance; weighted by one over that chance
};
inline constexpr JudgedSet kJudgedSets[] = {JudgedSet::kGolden, JudgedSet::kRecent, JudgedSet::kVerdicts};
std::string_view to_string(JudgedSet set);  // "golden", "recent", "verdicts"

// Probabilities are views of what the caller owns, one per category (0 for one that a classifier does not know); what
// they lack of 1 is the probability of "none of them", which is what is decided when it is the greatest.
struct JudgedRow {
  JudgedSet set = JudgedSet::kGolden;
  std::uint32_t truth = 0;  // index of the category; their number: none of them
  std::span<const float> before;
  std::span<const float> after;
  std::string slice;  // tenant, language, ...; empty: none
  double weight = 1;  // requests the row stands for
};

struct GateInput {
  std::span<const std::string> categories;
  std::span<const JudgedRow> rows;
  const LossMatrix* losses = nullptr;   // names the same categories, in any order; null: any mistake costs 1
  const ThresholdPath* path = nullptr;  // over the losses' categories; null: the plain one
};

struct GateOptions {
  double alpha = 0.05;
  double margin = 0.02;  // of accuracy
  double cost_margin = 0.02;
  double category_limit = 0.1;                 // of the fall of a category's accuracy
  std::map<std::string, double> own_limits{};  // of categories that have their own
  double slice_limit = 0.1;
  double largest_unseen_fall = 0.3;
  bool prove_each = false;
  bool slices_need_rows = false;  // otherwise slices with too few rows are listed as not tested
  double ece_limit = 0.05;
  double ece_slack = 0.01;
  int resamples = 400;
  std::optional<Promise> promise{};
  double kept_may_fall = 0.15;  // of the share that stays local
  std::size_t minimum_rows = 100;
  bool need_golden = true;
  bool need_recent = true;
  std::uint64_t seed = 1;
};

// kInvalidArgument naming the row or option that makes no sense.
base::Result<GateReport> judge_promotion(const GateInput& input, const GateOptions& options);

}  // namespace pointsman::learn
