// The cost-quality curve of a router between a weak and a strong model, and the figures RouteLLM reads from it.
//
// Scores order the requests; the highest go to the strong model first. Requests of equal score go together, as one
// straight piece of the curve: what a coin among them gives on average, so that no order of the rows matters.
//   gap recovered  PGR(x) = (quality when the share x goes to the strong model - weak quality) / (strong - weak
//   quality) APGR           the area under PGR(x), x from 0 to 1 (RouteLLM, Ong et al. 2024, arXiv 2406.18665, section
//   3,
//                  averages ten even shares; the area is their limit). A coin has 0.5, the best order more than 1
//                  minus half the share that gains.
//   CPT(p)         the least share of strong calls at which PGR reaches p (same section)
// All are meaningless unless the strong model is better; then they are empty. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "learn/outcome.h"

namespace pointsman::learn {

struct CurvePoint {
  double share = 0;    // of the requests, to the strong model
  double quality = 0;  // mean over all requests
  double cost = 0;     // mean over all requests
  double recovered = 0;
};

struct CostQualityCurve {
  std::vector<CurvePoint> points;  // from share 0 to share 1; straight between two
  double weak_quality = 0;
  double strong_quality = 0;
  double weak_cost = 0;
  double strong_cost = 0;

  // One score per row; no rows give a curve without points.
  static CostQualityCurve of(std::span<const Outcome* const> rows, std::span<const double> scores);

  CurvePoint at(double share) const;
  std::optional<double> apgr() const;
  std::optional<double> call_share(double recovered) const;  // CPT
  // The most that routing along this curve could save, as a share of the strong model's cost, with at least `quality`
  // times the strong model's quality. 0 when only always asking the strong model reaches it.
  double most_saved(double quality) const;
};

// An estimate with its 95 % interval by the percentile bootstrap (Efron 1979).
struct Estimate {
  double value = 0;
  double low = 0;
  double high = 0;
};

struct RouterFigures {
  std::optional<Estimate> apgr;
  std::optional<Estimate> cpt50;
  std::optional<Estimate> cpt80;
  std::optional<Estimate> apgr_over_first;  // less the APGR of the first router, on the same resamples
  Estimate most_saved;
};

struct BootstrapOptions {
  int resamples = 1000;
  std::uint64_t seed = 1;
  double quality = 0.99;  // that most_saved keeps
};

// Figures of several routers on the same rows and the same resamples, so that they may be compared. A figure is empty
// when the strong model is not better in the rows or in one of twenty resamples.
std::vector<RouterFigures> measure_routers(std::span<const Outcome* const> rows,
                                           std::span<const std::vector<double>> scores,
                                           const BootstrapOptions& options = {});

// The interval of strong less weak quality.
Estimate quality_gap(std::span<const Outcome* const> rows, const BootstrapOptions& options = {});

}  // namespace pointsman::learn
