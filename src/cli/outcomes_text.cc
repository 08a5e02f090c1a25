#include "cli/outcomes_text.h"

#include <algorithm>
#include <cmath>

#include "cli/table.h"
#include "cli/text_format.h"

namespace pointsman::cli {
namespace {

using learn::CertifiedRouting;
using learn::Estimate;
using learn::Router;
using learn::RouterLine;
using learn::RoutingStudy;
using learn::Verdict;

constexpr std::size_t kBar = 40;
constexpr int kCurveSteps = 10;

void heading(Output& out, std::string_view title) {
  out.print("\n{}\n", out.bold(title));
}

std::string_view headline(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPays:
      return "routing pays";
    case Verdict::kWillNotPay:
      return "routing will not pay for this pair";
    case Verdict::kNotEnoughData:
      return "not enough data to say";
  }
  return "";
}

std::string with_interval(const std::optional<Estimate>& one) {
  return one ? fmt::format("{:.3f} [{:.3f}, {:.3f}]", one->value, one->low, one->high) : "-";
}

std::string calls(const std::optional<Estimate>& one) {
  return one ? percent(one->value) : "-";
}

std::string saved_text(const CertifiedRouting& one) {
  return one.certified ? percent(one.saved.value) : "nothing";
}

std::string meaning(Router router) {
  switch (router) {
    case Router::kOurs:
      return "learnt from texts";
    case Router::kThrifty:
      return "learnt, gain for the money";
    case Router::kSubjectMean:
      return "subject mean (told the subject)";
    case Router::kOracle:
      return "oracle (knows the answers)";
    default:
      return std::string(to_string(router));
  }
}

void print_pair(const RoutingStudy& study, Output& out) {
  const auto& curve = study.curve;
  out.print("  weak model    quality {:.4f}", curve.weak_quality);
  if (study.with_costs) out.print(", costs {:.4g} a request", curve.weak_cost);
  out.print("\n  strong model  quality {:.4f}", curve.strong_quality);
  if (study.with_costs) out.print(", costs {:.4g} a request", curve.strong_cost);
  out.print("\n  judged on {} rows by scores learnt from {} others\n", study.tested, study.learnt);
}

void print_meaning(const RoutingStudy& study, Output& out) {
  const CertifiedRouting& one = study.saver().certified;
  if (!one.certified) {
    const bool better = study.gap.high > 0;
    out.print("  certified: nothing{}\n", better ? "; all requests should go to the strong model" : "");
    return;
  }
  if (one.keeps_all) {
    out.print("  certified: all requests may stay with the weak model\n");
    return;
  }
  out.print(
      "  certified: {} of requests may stay with the weak model (those that score below {:.4f}); answers are then at\n"
      "  least {:.4g} % as good as the strong model's, with {:.4g} % confidence. Observed: {:.2f} %.\n",
      percent(static_cast<double>(one.kept) / static_cast<double>(one.rows)), one.threshold, one.promise.quality * 100,
      one.promise.confidence * 100, one.quality * 100);
}

void print_table(const RoutingStudy& study, Output& out) {
  heading(out, "beside others");
  Table table({{"router"},
               {"APGR [95 %]", Table::Align::kRight},
               {"CPT 50 %", Table::Align::kRight},
               {"CPT 80 %", Table::Align::kRight},
               {"saves, certified", Table::Align::kRight},
               {"at best", Table::Align::kRight}},
              2);
  for (const RouterLine& line : study.routers) {
    table.add({meaning(line.router), with_interval(line.figures.apgr), calls(line.figures.cpt50),
               calls(line.figures.cpt80), saved_text(line.certified), percent(line.figures.most_saved.value)});
  }
  table.print(out);
  out.write(
      "  APGR: mean share of the quality gap recovered, over all shares of strong calls; a coin has 0.5\n"
      "  CPT:  strong calls needed to recover half, or 80 %, of the gap\n");
  if (!study.with_costs) out.write("  saves: strong calls (the file gives no costs)\n");
}

void print_promises(const RoutingStudy& study, Output& out) {
  heading(out, "what other promises would save");
  Table table({{"quality at least", Table::Align::kRight},
               {"saves, certified", Table::Align::kRight},
               {"[95 %]"},
               {"could stay at best", Table::Align::kRight}},
              2);
  const double stated = study.saver().certified.promise.quality;
  for (const CertifiedRouting& one : study.promises) {
    table.add({fmt::format("{}{:.4g} %", one.promise.quality == stated ? "> " : "", one.promise.quality * 100),
               saved_text(one),
               one.certified ? fmt::format("[{:.1f}, {:.1f}]", one.saved.low * 100, one.saved.high * 100) : "",
               percent(one.reachable)});
  }
  table.print(out);
}

void print_curve(const RoutingStudy& study, Output& out) {
  heading(out, "quality by share of strong calls");
  const double low = std::min(study.curve.weak_quality, study.curve.strong_quality);
  double high = low;
  for (int step = 0; step <= kCurveSteps; ++step) {
    high = std::max(high, study.curve.at(static_cast<double>(step) / kCurveSteps).quality);
  }
  for (int step = 0; step <= kCurveSteps; ++step) {
    const learn::CurvePoint point = study.curve.at(static_cast<double>(step) / kCurveSteps);
    const double part = high > low ? std::clamp((point.quality - low) / (high - low), 0.0, 1.0) : 0;
    const auto full = static_cast<std::size_t>(std::lround(part * kBar));
    out.print("  {:>5.0f} %  |{}{}|  {:.4f}\n", point.share * 100, std::string(full, '#'),
              std::string(kBar - full, ' '), point.quality);
  }
}

}  // namespace

void print_routing_study(const RoutingStudy& study, Output& out) {
  out.print("{}\n  {}\n", out.bold(headline(study.verdict)), printable(study.reason, 400));
  print_meaning(study, out);
  heading(out, "the pair");
  print_pair(study, out);
  print_table(study, out);
  print_promises(study, out);
  print_curve(study, out);
  heading(out, "this holds as long as");
  out.write(
      "  the rows are drawn like the requests to come (exchangeable), and their qualities are right. The certificate "
      "is "
      "of\n"
      "  the scores learnt from the other half of these rows; other scores need their own. Each line of the table of\n"
      "  promises is a promise of its own; choose before looking. Method: Learn then Test (Angelopoulos et al. 2021), "
      "fixed\n"
      "  sequence, by betting (Waudby-Smith and Ramdas 2024). Intervals: percentile bootstrap.\n");
}

}  // namespace pointsman::cli
