#include "learn/routing_study.h"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>

#include "base/hash.h"
#include "base/rng.h"
#include "learn/nearest_examples.h"
#include "learn/routing_verdict.h"

namespace pointsman::learn {

using base::Result;

namespace {

constexpr std::size_t kLadderSample = 400;  // rows that place the ladder of the nearest examples

struct Halves {
  std::vector<const Outcome*> learn;
  std::vector<const Outcome*> judge;
};

std::unexpected<base::Error> refuse(std::string what) {
  return base::fail(base::ErrorCode::kInvalidArgument, std::move(what), base::Origin::kClient);
}

// Halves by a hash of the text, or of the subject.
Result<Halves> split(const Outcomes& outcomes, const StudyOptions& options) {
  std::vector<std::pair<std::uint64_t, const Outcome*>> order;
  for (const Outcome& row : outcomes.rows) {
    order.emplace_back(base::xxh3(options.whole_subjects ? row.subject : row.text, options.seed), &row);
  }
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    const auto key = [](const auto& one) {
      const Outcome& row = *one.second;
      return std::tie(one.first, row.text, row.subject, row.weak_quality, row.strong_quality, row.weak_cost,
                      row.strong_cost);
    };
    return key(a) < key(b);
  });
  Halves halves;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const bool with_the_last = i > 0 && order[i].first == order[i - 1].first;
    const bool learns = with_the_last ? halves.judge.empty() : 2 * i < order.size();
    (learns ? halves.learn : halves.judge).push_back(order[i].second);
  }
  if (options.whole_subjects && halves.judge.empty()) return refuse("there are not two subjects to hold one out");
  if (std::min(halves.learn.size(), halves.judge.size()) < kLeastGainRows) {
    return refuse("at least " + std::to_string(2 * kLeastGainRows) + " rows are needed, half to learn from, half to " +
                  "judge by; there are " + std::to_string(halves.learn.size()) + " and " +
                  std::to_string(halves.judge.size()) + " (rows of one text stay together)");
  }
  return halves;
}

// What one router says of the rows, and the thresholds to try, made without them.
struct Scored {
  Router router;
  std::vector<double> scores;
  std::vector<double> ladder;
};

std::vector<double> coin(const std::vector<const Outcome*>& rows, std::uint64_t seed) {
  base::Rng rng(seed);
  std::vector<double> scores;
  for (std::size_t i = 0; i < rows.size(); ++i) scores.push_back(rng.uniform());
  return scores;
}

class Baselines {
 public:
  Baselines(const Halves& halves, const StudyOptions& options) : halves_(halves), options_(options) {}

  std::vector<Scored> all() const {
    std::vector<Scored> out;
    out.push_back({Router::kCoin, coin(halves_.judge, options_.seed), threshold_ladder(coin(halves_.learn, 0))});
    const auto length = [](const Outcome& row) { return static_cast<double>(row.text.size()); };
    out.push_back(by(Router::kLength, length));
    if (knows_subjects()) out.push_back(by_subject());
    out.push_back(by_neighbours());
    // Knows what it is judged by: its certificate is there for comparison and promises nothing.
    out.push_back(by(Router::kOracle, [](const Outcome& row) { return row.gain(); }));
    return out;
  }

 private:
  template <class Score>
  Scored by(Router router, Score score) const {
    Scored out{router, {}, {}};
    for (const Outcome* row : halves_.judge) out.scores.push_back(score(*row));
    std::vector<double> learnt;
    for (const Outcome* row : halves_.learn) learnt.push_back(score(*row));
    out.ladder = threshold_ladder(learnt);
    return out;
  }

  // More than one, and most of the judged rows' subjects learnt from.
  bool knows_subjects() const {
    std::map<std::string_view, int> seen;
    for (const Outcome* row : halves_.learn) ++seen[row->subject];
    std::size_t known = 0;
    for (const Outcome* row : halves_.judge) known += seen.contains(row->subject) ? 1 : 0;
    return seen.size() > 1 && known * 2 > halves_.judge.size();
  }

  Scored by_subject() const {
    struct Sum {
      double gain = 0;
      double rows = 0;
    };
    std::map<std::string_view, Sum> sums;
    Sum all;
    for (const Outcome* row : halves_.learn) {
      for (Sum* sum : {&sums[row->subject], &all}) {
        sum->gain += row->gain();
        sum->rows += 1;
      }
    }
    return by(Router::kSubjectMean, [&](const Outcome& row) {
      const auto found = sums.find(row.subject);
      const Sum& sum = found != sums.end() ? found->second : all;
      return sum.gain / sum.rows;
    });
  }

  Scored by_neighbours() const {
    const NearestExamples nearest(halves_.learn);
    Scored out{Router::kNearest, {}, {}};
    text::FeatureExtractor extractor;
    for (const Outcome* row : halves_.judge) out.scores.push_back(nearest.score(row->text, extractor));
    std::vector<double> learnt;
    const std::size_t step = std::max<std::size_t>(1, halves_.learn.size() / kLadderSample);
    for (std::size_t i = 0; i < halves_.learn.size(); i += step) learnt.push_back(nearest.score_left_out(i));
    out.ladder = threshold_ladder(learnt);
    return out;
  }

  const Halves& halves_;
  const StudyOptions& options_;
};

// What the strong model costs more, foretold from the length of the text: a straight line by least squares, never below
// a twentieth of the mean.
class CostLine {
 public:
  explicit CostLine(const std::vector<const Outcome*>& rows) {
    const auto n = static_cast<double>(rows.size());
    double mean_length = 0;
    for (const Outcome* row : rows) {
      mean_length += static_cast<double>(row->text.size()) / n;
      mean_ += extra(*row) / n;
    }
    double product = 0;
    double square = 0;
    for (const Outcome* row : rows) {
      const double length = static_cast<double>(row->text.size()) - mean_length;
      product += length * (extra(*row) - mean_);
      square += length * length;
    }
    slope_ = square > 0 ? product / square : 0;
    offset_ = mean_ - slope_ * mean_length;
  }

  bool positive() const { return mean_ > 0; }
  double of(const Outcome& row) const {
    return std::max(offset_ + slope_ * static_cast<double>(row.text.size()), mean_ / 20);
  }

 private:
  static double extra(const Outcome& row) { return row.strong_cost - row.weak_cost; }

  double mean_ = 0;
  double slope_ = 0;
  double offset_ = 0;
};

// By expected gain; and, where costs are known, by expected gain for each unit of expected extra cost, which recovers
// most quality for the money.
Result<std::vector<Scored>> by_ours(const Halves& halves, bool with_costs, const StudyOptions& options) {
  PM_TRY(const GainScorer scorer, GainScorer::fit(halves.learn, {.seed = options.seed}));
  std::vector<double> learnt = scorer.out_of_fold();
  std::vector<Scored> out{{Router::kOurs, {}, threshold_ladder(learnt)}};
  GainScorer::Scratch scratch;
  for (const Outcome* row : halves.judge) out[0].scores.push_back(scorer.score(row->text, scratch));
  const CostLine line(halves.learn);
  if (!with_costs || !line.positive()) return out;
  Scored thrifty{Router::kThrifty, out[0].scores, {}};
  for (std::size_t i = 0; i < learnt.size(); ++i) learnt[i] /= line.of(*halves.learn[i]);
  for (std::size_t i = 0; i < thrifty.scores.size(); ++i) thrifty.scores[i] /= line.of(*halves.judge[i]);
  thrifty.ladder = threshold_ladder(learnt);
  out.push_back(std::move(thrifty));
  return out;
}

}  // namespace

std::string_view to_string(Router router) {
  switch (router) {
    case Router::kOurs:
      return "learnt";
    case Router::kThrifty:
      return "learnt, per cost";
    case Router::kCoin:
      return "coin";
    case Router::kLength:
      return "text length";
    case Router::kSubjectMean:
      return "subject mean";
    case Router::kNearest:
      return "nearest examples";
    case Router::kOracle:
      return "oracle";
  }
  return "";
}

const RouterLine& RoutingStudy::line(Router router) const {
  const auto found = std::ranges::find(routers, router, &RouterLine::router);
  return found != routers.end() ? *found : routers.front();
}

Result<RoutingStudy> study_routing(const Outcomes& outcomes, const StudyOptions& options) {
  PM_TRY(Halves halves, split(outcomes, options));
  PM_TRY(std::vector<Scored> scored, by_ours(halves, outcomes.with_costs, options));
  for (Scored& one : Baselines(halves, options).all()) scored.push_back(std::move(one));

  RoutingStudy out{.learnt = halves.learn.size(), .tested = halves.judge.size(), .with_costs = outcomes.with_costs};
  std::vector<std::vector<double>> scores;
  for (const Scored& one : scored) {
    // What a coin gives on average, not what one coin gave.
    scores.push_back(one.router == Router::kCoin ? std::vector<double>(one.scores.size(), 0.0) : one.scores);
  }
  const BootstrapOptions bootstrap{options.resamples, options.seed, options.promise.quality};
  const std::vector<RouterFigures> figures = measure_routers(halves.judge, scores, bootstrap);
  for (std::size_t i = 0; i < scored.size(); ++i) {
    out.routers.push_back(
        {scored[i].router, figures[i],
         certify_quality(scored[i].ladder, halves.judge, scored[i].scores, options.promise, options.seed)});
  }
  out.gap = quality_gap(halves.judge, bootstrap);
  out.curve = CostQualityCurve::of(halves.judge, scored[0].scores);
  Scored& saver = scored[scored[1].router == Router::kThrifty ? 1 : 0];
  out.promises.push_back(out.saver().certified);
  for (const double quality : options.other_qualities) {
    if (quality == options.promise.quality) continue;
    const QualityPromise other{quality, options.promise.confidence};
    out.promises.push_back(certify_quality(saver.ladder, halves.judge, saver.scores, other, options.seed));
  }
  std::ranges::sort(out.promises, std::greater{}, [](const CertifiedRouting& one) { return one.promise.quality; });
  out.ladder = std::move(saver.ladder);
  out.scores = std::move(saver.scores);
  out.judged = std::move(halves.judge);
  decide(options.worthwhile, out);
  return out;
}

}  // namespace pointsman::learn
