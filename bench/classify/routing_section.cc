// Does routing between a weak and a strong model pay, judged by what both really answered? Three pairs; a scorer learns
// from one half of the questions and is judged by the other, with random halves and with whole subjects held out,
// beside a coin, text length, subject mean, nearest examples and an oracle. Last, whether certified thresholds keep
// their promise where the truth is known.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/rng.h"
#include "classify/routing_sets.h"
#include "learn/json_text.h"
#include "learn/routing_study.h"
#include "shared/section.h"

namespace pointsman::bench {
namespace {

using base::Result;
using learn::Router;
using learn::RouterLine;
using learn::RoutingStudy;

constexpr double kQuality = 0.99;
constexpr double kConfidence = 0.95;
constexpr int kDraws = 200;            // of certificates whose truth is known
constexpr int kFirstResamples = 1000;  // intervals come from the first seed
constexpr int kOtherResamples = 100;
constexpr std::size_t kQuickRows = 3000;

struct Goal {
  Result<RoutingPair> (*load)(const std::string&);
  double apgr;  // with random halves
};

constexpr Goal kGoals[] = {
    {load_mmlu_mixtral_gpt4, 0.678},
    {load_mmlu_pro_gemini, 0.765},
    {load_mmlu_pro_llama, 0.536},
};

struct Spread {
  double mean = 0;
  double least = 0;
  double most = 0;
};

using Figure = std::function<double(const RoutingStudy&)>;

Spread spread(const std::vector<RoutingStudy>& studies, const Figure& figure) {
  Spread out;
  for (std::size_t i = 0; i < studies.size(); ++i) {
    const double value = figure(studies[i]);
    out.mean += value / static_cast<double>(studies.size());
    out.least = i == 0 ? value : std::min(out.least, value);
    out.most = i == 0 ? value : std::max(out.most, value);
  }
  return out;
}

double value_of(const std::optional<learn::Estimate>& one) {
  return one ? one->value : std::nan("");
}

Figure apgr_of(Router router) {
  return [router](const RoutingStudy& study) { return value_of(study.line(router).figures.apgr); };
}

Result<std::vector<RoutingStudy>> study(const RoutingPair& pair, const BenchOptions& options, bool whole_subjects) {
  std::vector<RoutingStudy> out;
  const int seeds = options.quick ? 1 : std::max(options.seeds, 1);
  for (int seed = 1; seed <= seeds; ++seed) {
    learn::StudyOptions how;
    how.promise = {kQuality, kConfidence};
    how.whole_subjects = whole_subjects;
    how.seed = static_cast<std::uint64_t>(seed);
    how.resamples = seed == 1 && !options.quick ? kFirstResamples : kOtherResamples;
    PM_TRY(RoutingStudy one, learn::study_routing(pair.outcomes, how));
    out.push_back(std::move(one));
  }
  return out;
}

// Rows drawn with replacement from the judged half certify; the judged half itself is then the whole truth.
struct KnownTruth {
  int draws = 0;
  int broken = 0;
  double saved = 0;  // mean, of the true cost
};

KnownTruth certify_draws(const RoutingStudy& study, int draws) {
  KnownTruth out{.draws = draws};
  base::Rng rng(17);
  const std::size_t n = study.judged.size();
  for (int draw = 0; draw < draws; ++draw) {
    std::vector<const learn::Outcome*> rows;
    std::vector<double> scores;
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t at = rng.below(n);
      rows.push_back(study.judged[at]);
      scores.push_back(study.scores[at]);
    }
    const auto certified =
        learn::certify_quality(study.ladder, rows, scores, {kQuality, kConfidence}, static_cast<std::uint64_t>(draw));
    double strong = 0;
    double routed = 0;
    double strong_cost = 0;
    double routed_cost = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const learn::Outcome& row = *study.judged[i];
      const bool weak = study.scores[i] < certified.threshold;
      strong += row.strong_quality;
      routed += weak ? row.weak_quality : row.strong_quality;
      strong_cost += row.strong_cost;
      routed_cost += weak ? row.weak_cost : row.strong_cost;
    }
    out.broken += routed < kQuality * strong;
    out.saved += (1 - routed_cost / strong_cost) / draws;
  }
  return out;
}

// The mean of each baseline beside ours.
std::string beside(const std::vector<RoutingStudy>& studies) {
  std::string out;
  for (const RouterLine& line : studies.front().routers) {
    if (line.router == Router::kOurs) continue;
    out += fmt::format("{}{} {:.3f}", out.empty() ? "" : ", ", to_string(line.router),
                       spread(studies, apgr_of(line.router)).mean);
  }
  const RoutingStudy& first = studies.front();
  if (&first.line(Router::kSubjectMean) == &first.routers.front()) out += ", subject mean not to be had";
  return out;
}

std::string verdicts(const std::vector<RoutingStudy>& studies) {
  std::string out;
  for (const auto verdict : {learn::Verdict::kPays, learn::Verdict::kWillNotPay, learn::Verdict::kNotEnoughData}) {
    const auto count = std::ranges::count(studies, verdict, &RoutingStudy::verdict);
    if (count > 0) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", to_string(verdict), count);
  }
  return out;
}

std::string interval_text(const std::optional<learn::Estimate>& one) {
  return one ? fmt::format("95 % interval {:.3f}-{:.3f}", one->low, one->high) : "no interval";
}

class Section {
 public:
  explicit Section(const BenchOptions& options) : options_(options) { out_.name = "routing"; }

  Result<void> add(const Goal& goal) {
    PM_TRY(RoutingPair pair, goal.load(options_.data));
    if (options_.quick && pair.outcomes.rows.size() > kQuickRows) thin(pair.outcomes.rows);
    PM_TRY(const auto halves, study(pair, options_, false));
    PM_TRY(const auto held_out, study(pair, options_, true));
    const KnownTruth truth = certify_draws(halves.front(), options_.quick ? kDraws / 4 : kDraws);
    judge_apgr(pair.name, halves, goal.apgr);
    tell(pair.name + ", subjects held out: APGR", held_out, apgr_of(Router::kOurs), 1, "", 0.5,
         beside(held_out) + "; the goal is a coin's");
    tell_calls(pair.name, halves);
    judge_saving(pair.name, halves, truth);
    write(pair, halves, held_out, truth);
    return {};
  }

  SectionResult take() {
    out_.details_json = "{\"quality\":0.99,\"confidence\":0.95,\"pairs\":[" + details_ + "]}";
    return std::move(out_);
  }

 private:
  // Every k-th row, so that all subjects stay.
  static void thin(std::vector<learn::Outcome>& rows) {
    const std::size_t step = rows.size() / kQuickRows;
    for (std::size_t i = 0; i * step < rows.size(); ++i) {
      if (i > 0) rows[i] = std::move(rows[i * step]);
    }
    rows.resize((rows.size() + step - 1) / step);
  }

  void judge_apgr(const std::string& pair, const std::vector<RoutingStudy>& studies, double goal) {
    const Spread ours = spread(studies, apgr_of(Router::kOurs));
    out_.targets.push_back({pair + ": APGR", ours.mean, "", goal, ours.mean >= goal,
                            fmt::format("seeds {:.3f}-{:.3f}, {}; {}", ours.least, ours.most,
                                        interval_text(studies.front().routers.front().figures.apgr), beside(studies))});
  }

  // For information: it has no goal that could be missed.
  void tell(std::string name, const std::vector<RoutingStudy>& studies, const Figure& figure, double scale,
            std::string unit, double beside_it, const std::string& note) {
    const Spread one = spread(studies, figure);
    out_.targets.push_back({std::move(name), one.mean * scale, std::move(unit), beside_it, true,
                            fmt::format("for information; seeds {:.3f}-{:.3f}; {}", one.least, one.most, note)});
  }

  void tell_calls(const std::string& pair, const std::vector<RoutingStudy>& studies) {
    const auto& first = studies.front().routers.front().figures;
    tell(
        pair + ": strong calls for half the gap (CPT 50 %)", studies,
        [](const RoutingStudy& one) { return value_of(one.routers.front().figures.cpt50); }, 100, "%", 50,
        interval_text(first.cpt50) + "; the goal is a coin's");
    tell(
        pair + ": strong calls for 80 % of the gap (CPT 80 %)", studies,
        [](const RoutingStudy& one) { return value_of(one.routers.front().figures.cpt80); }, 100, "%", 80,
        interval_text(first.cpt80) + "; the goal is a coin's");
  }

  void judge_saving(const std::string& pair, const std::vector<RoutingStudy>& studies, const KnownTruth& truth) {
    const auto saved = [](Router router) {
      return [router](const RoutingStudy& one) { return one.line(router).certified.saved.value; };
    };
    std::string note = "verdicts: " + verdicts(studies) + "; could be saved, were it proved, " +
                       fmt::format("{:.1f} %", 100 * studies.front().saver().figures.most_saved.value);
    for (const RouterLine& line : studies.front().routers) {
      if (line.router == Router::kThrifty) continue;
      note += fmt::format(", {} {:.1f} %", to_string(line.router), 100 * spread(studies, saved(line.router)).mean);
    }
    tell(pair + ": cost saved at a certified 99 % of the strong quality", studies, saved(Router::kThrifty), 100, "%",
         100 * spread(studies, saved(Router::kCoin)).mean, note + "; the goal is a coin's");
    const double broken = 100.0 * truth.broken / truth.draws;
    const double p = 1 - kConfidence;
    const double limit = 100 * (p + 1.645 * std::sqrt(p * (1 - p) / truth.draws));
    out_.targets.push_back({pair + ": certificates broken", broken, "% of draws", limit, broken <= limit,
                            fmt::format("truth known: {} draws with replacement from the judged half; they truly save "
                                        "{:.1f} % on average",
                                        truth.draws, 100 * truth.saved)});
  }

  void write(const RoutingPair& pair, const std::vector<RoutingStudy>& halves,
             const std::vector<RoutingStudy>& held_out, const KnownTruth& truth) {
    learn::JsonText json;
    json.open_object().member("pair", std::string_view(pair.name)).member("rows", pair.outcomes.rows.size());
    json.member("cost_model", std::string_view(pair.cost_model));
    json.key("known_truth").open_object().member("draws", truth.draws).member("broken", truth.broken);
    json.member("saved", truth.saved).close_object();
    for (const auto& [name, studies] : {std::pair("halves", &halves), {"subjects_held_out", &held_out}}) {
      json.key(name).open_array();
      for (const RoutingStudy& one : *studies) json.raw(one.to_json());
      json.close_array();
    }
    json.close_object();
    details_ += (details_.empty() ? "" : ",") + json.take();
  }

  BenchOptions options_;
  std::string details_;
  SectionResult out_;
};

}  // namespace

Result<SectionResult> routing_section(const BenchOptions& options) {
  Section section(options);
  for (const Goal& goal : kGoals) PM_CHECK(section.add(goal));
  return section.take();
}

}  // namespace pointsman::bench
