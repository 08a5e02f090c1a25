// Would routing between a weak and a strong model pay? One half of the rows teaches a scorer, the other half judges it,
// beside the rows that keep one honest: a coin, the length of the text, the mean of its subject, the nearest examples,
// and one who knows the answers.
//
// Pure: the same rows (in any order), options and seed give the same study. Of two rows with the same text both are in
// one half; with whole_subjects no subject is in both, which is what texts unlike those learnt from do to a router.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "learn/gain_scorer.h"
#include "learn/quality_certificate.h"

namespace pointsman::learn {

struct StudyOptions {
  QualityPromise promise;
  std::vector<double> other_qualities{0.995, 0.98, 0.95, 0.9};  // certified as well, for comparison
  double worthwhile = 0.05;  // share of the strong model's cost that must be saved for routing to pay
  bool whole_subjects = false;
  int resamples = 1000;
  std::uint64_t seed = 1;
};

enum class Router : std::uint8_t { kOurs, kThrifty, kCoin, kLength, kSubjectMean, kNearest, kOracle };
std::string_view to_string(Router router);  // "learnt", "learnt, per cost", "coin", "text length", ...

struct RouterLine {
  Router router = Router::kOurs;
  RouterFigures figures;
  CertifiedRouting certified;  // of the promise
};

enum class Verdict : std::uint8_t { kPays, kWillNotPay, kNotEnoughData };
std::string_view to_string(Verdict verdict);  // "pays", "will_not_pay", "not_enough_data"

struct RoutingStudy {
  std::size_t learnt = 0;  // rows
  std::size_t tested = 0;
  bool with_costs = false;
  CostQualityCurve curve;                  // of the learnt scorer
  Estimate gap;                            // strong less weak quality
  std::vector<RouterLine> routers;         // ours first; the subject mean only where the tested subjects were seen
  std::vector<CertifiedRouting> promises;  // of saver(), at the stated quality and the others, highest quality first
  std::vector<double> ladder;              // of saver(), as are the scores of the tested rows
  std::vector<double> scores;
  std::vector<const Outcome*> judged;  // the tested rows; they point into the outcomes given
  Verdict verdict = Verdict::kNotEnoughData;
  std::string reason;  // one or two sentences with the figure that decides

  const RouterLine& line(Router router) const;  // the first line if there is none of that router
  // Ours as one would use it: per cost where costs are known.
  const RouterLine& saver() const { return line(Router::kThrifty); }
  std::string to_json() const;  // everything but the rows and their scores
};

// kInvalidArgument for too few rows, or for whole_subjects without two subjects.
base::Result<RoutingStudy> study_routing(const Outcomes& outcomes, const StudyOptions& options = {});

}  // namespace pointsman::learn
