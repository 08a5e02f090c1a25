#include "learn/promotion_gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "learn/gate_calibration.h"
#include "learn/gate_categories.h"
#include "learn/gate_rows.h"

namespace pointsman::learn {

using base::Result;

namespace {

std::unexpected<base::Error> refuse(std::string what) {
  return base::fail(base::ErrorCode::kInvalidArgument, "promotion gate: " + std::move(what));
}

bool in_open_unit(double value) {
  return value > 0 && value < 1;
}

Result<void> check_options(const GateOptions& options) {
  if (!in_open_unit(options.alpha)) return refuse("alpha must be between 0 and 1");
  if (!in_open_unit(options.margin)) return refuse("the margin must be between 0 and 1");
  if (!in_open_unit(options.cost_margin)) return refuse("the margin of cost must be between 0 and 1");
  if (!in_open_unit(options.largest_unseen_fall)) return refuse("the largest unseen fall must be between 0 and 1");
  if (options.resamples < 20) return refuse("fewer than 20 resamples say nothing");
  if (options.promise && (!in_open_unit(options.promise->at_most) || !in_open_unit(options.promise->confidence))) {
    return refuse("the promised risk and its confidence must be between 0 and 1");
  }
  return {};
}

// Where each category stands in the losses, "none of them" last.
Result<std::vector<std::size_t>> places_in(const LossMatrix& losses, std::span<const std::string> categories) {
  std::vector<std::size_t> out;
  for (const std::string& name : categories) {
    out.push_back(losses.truth_of(name));
    if (out.back() == losses.outside()) return refuse(fmt::format("the losses do not name \"{}\"", name));
  }
  if (losses.size() != categories.size()) return refuse("the losses name categories that the classifiers lack");
  out.push_back(losses.outside());
  return out;
}

// A margin that was tested by one of two ways, and what more rows would do.
struct Proof {
  bool proved = false;
  Interval interval;
  std::optional<std::size_t> needed;
};

Proof prove(const PairedCounts& counts, double margin, double alpha) {
  return {not_worse_p_value(counts, margin) <= alpha, fall_interval(counts, alpha),
          rows_to_prove(counts, margin, alpha)};
}

Proof prove(const WeightedDifferences& differences, double margin, double alpha) {
  return {differences.proves_below(margin, alpha), differences.interval(alpha),
          differences.rows_to_prove(margin, alpha)};
}

class Gate {
 public:
  Gate(const GateInput& input, const GateOptions& options, std::vector<DecidedRow> rows)
      : input_(input), options_(options), rows_(std::move(rows)) {}

  Result<GateReport> run() {
    std::vector<std::size_t> places;
    if (input_.losses != nullptr) {
      PM_TRY(places, places_in(*input_.losses, input_.categories));
    }
    for (const JudgedSet set : kJudgedSets) {
      const std::vector<DecidedRow> rows = rows_of(rows_, set);
      if (rows.empty() && !needed(set)) continue;
      judge_accuracy(set, rows);
      if (set == JudgedSet::kVerdicts) continue;
      if (input_.losses != nullptr) judge_cost(set, rows, places);
      judge_calibration(set, rows);
    }
    judge_each_category();
    if (options_.promise) PM_CHECK(judge_promise());
    return std::move(report_);
  }

 private:
  bool needed(JudgedSet set) const {
    return (set == JudgedSet::kGolden && options_.need_golden) || (set == JudgedSet::kRecent && options_.need_recent);
  }

  std::size_t least_rows(double margin) const {
    return std::max(options_.minimum_rows, rows_if_faultless(margin, options_.alpha));
  }

  // Proved; or else refuted, or how many more rows would about settle it.
  void conclude(const Proof& proof, double margin, GateCheck check) {
    const std::size_t least = least_rows(margin);
    check.low = proof.interval.low;
    check.high = proof.interval.high;
    check.limit = margin;
    if (check.rows >= options_.minimum_rows && proof.proved) {
      check.verdict = CheckVerdict::kPassed;
    } else if (check.rows < least || proof.needed) {
      check.verdict = CheckVerdict::kTooLittleData;
      const std::size_t needed = std::max(proof.needed.value_or(least), least);
      check.missing = needed > check.rows ? needed - check.rows : check.rows / 10 + 1;
    } else {
      check.verdict = CheckVerdict::kFailed;
    }
    report_.checks.push_back(std::move(check));
  }

  void judge_accuracy(JudgedSet set, std::span<const DecidedRow> rows) {
    GateCheck check{.set = std::string(to_string(set)), .what = "accuracy", .rows = rows.size()};
    double weight = 0;
    for (const DecidedRow& one : rows) {
      check.before += one.right_before() ? one.row.weight : 0;
      check.after += one.right_after() ? one.row.weight : 0;
      weight += one.row.weight;
    }
    if (weight > 0) check.before /= weight, check.after /= weight;
    if (set != JudgedSet::kVerdicts && weigh_alike(rows)) {
      check.note = "the fall, by an exact test of paired rows";
      return conclude(prove(count(rows), options_.margin, options_.alpha), options_.margin, std::move(check));
    }
    std::vector<Difference> values;
    for (const DecidedRow& one : rows) {
      values.push_back({(one.right_before() ? 1.0 : 0.0) - (one.right_after() ? 1.0 : 0.0), one.row.weight});
    }
    check.note = "the fall, by betting on weighted rows";
    conclude(prove(WeightedDifferences(std::move(values), options_.seed), options_.margin, options_.alpha),
             options_.margin, std::move(check));
  }

  void judge_cost(JudgedSet set, std::span<const DecidedRow> rows, std::span<const std::size_t> places) {
    const LossMatrix& losses = *input_.losses;
    const auto cost = [&](const DecidedRow& one, const Decision& decision) {
      const bool kept = decision.category < input_.categories.size();  // otherwise it goes to the fallback
      return kept ? static_cast<double>(losses.loss(places[one.row.truth], places[decision.category])) : 0.0;
    };
    GateCheck check{.set = std::string(to_string(set)), .what = "cost", .rows = rows.size()};
    std::vector<Difference> values;
    PairedCounts counts{.rows = rows.size()};
    double weight = 0;
    for (const DecidedRow& one : rows) {
      const double before = cost(one, one.before);
      const double after = cost(one, one.after);
      values.push_back({after - before, one.row.weight});
      counts.broken += after > before ? 1 : 0;
      counts.mended += after < before ? 1 : 0;
      check.before += before * one.row.weight;
      check.after += after * one.row.weight;
      weight += one.row.weight;
    }
    if (weight > 0) check.before /= weight, check.after /= weight;
    const bool exact = losses.kind() == LossKind::kZeroOne && weigh_alike(rows);
    check.note =
        exact ? "the rise of the mean loss, by an exact test of paired rows" : "the rise of the mean loss, by betting";
    const Proof proof =
        exact ? prove(counts, options_.cost_margin, options_.alpha)
              : prove(WeightedDifferences(std::move(values), options_.seed), options_.cost_margin, options_.alpha);
    conclude(proof, options_.cost_margin, std::move(check));
  }

  void judge_calibration(JudgedSet set, std::span<const DecidedRow> rows) {
    std::vector<Confident> before;
    std::vector<Confident> after;
    for (const DecidedRow& one : rows) {
      before.push_back({one.before.confidence, one.right_before(), one.row.weight});
      after.push_back({one.after.confidence, one.right_after(), one.row.weight});
    }
    GateCheck check{.set = std::string(to_string(set)), .what = "calibration", .rows = rows.size()};
    check.before = expected_calibration_error(before);
    check.after = expected_calibration_error(after);
    check.limit = std::max(options_.ece_limit, rows.empty() ? 0 : check.before + options_.ece_slack);
    const Interval interval = ece_interval(after, options_.alpha, options_.resamples, options_.seed);
    check.low = interval.low;
    check.high = interval.high;
    check.note = "expected calibration error, 15 bins, basic bootstrap";
    const bool enough = rows.size() >= options_.minimum_rows;
    if (!enough) {
      check.verdict = CheckVerdict::kTooLittleData;
      check.missing = options_.minimum_rows - rows.size();
    } else if (interval.high > check.limit) {
      const double left = check.limit - check.after;
      check.verdict = left > 0 ? CheckVerdict::kTooLittleData : CheckVerdict::kFailed;
      const double times = left > 0 ? std::pow((interval.high - check.after) / left, 2) : 1;
      const double more = std::ceil((std::min(times, 1e4) - 1) * static_cast<double>(rows.size()));
      if (left > 0) check.missing = std::max<std::size_t>(static_cast<std::size_t>(std::max(more, 0.0)), 1);
    }
    report_.checks.push_back(std::move(check));
  }

  void judge_each_category() {
    std::vector<DecidedRow> labelled;
    std::ranges::copy_if(rows_, std::back_inserter(labelled),
                         [](const DecidedRow& one) { return one.row.set != JudgedSet::kVerdicts; });
    std::vector<GateCheck> checks = judge_parts(labelled, input_.categories, options_);
    std::ranges::move(checks, std::back_inserter(report_.checks));
  }

  // What each classifier would do with a row, named as the losses name it.
  std::vector<Call> calls(std::span<const DecidedRow> rows, const LossMatrix& losses,
                          std::span<const std::size_t> places, bool after) const {
    std::vector<Call> out;
    std::vector<float> carried(losses.size());
    for (const DecidedRow& one : rows) {
      const std::span<const float> from = after ? one.row.after : one.row.before;
      for (std::size_t i = 0; i < from.size(); ++i) carried[places[i]] = std::min(from[i], 1.0F);
      out.push_back(call_of(losses, carried, places[one.row.truth]));
    }
    return out;
  }

  Result<void> judge_promise() {
    const LossMatrix any = LossMatrix::any_mistake({input_.categories.begin(), input_.categories.end()});
    const LossMatrix& losses = input_.losses != nullptr ? *input_.losses : any;
    PM_TRY(const std::vector<std::size_t> places, places_in(losses, input_.categories));
    const ThresholdPath plain = ThresholdPath::plain(losses);
    const ThresholdPath& path = input_.path != nullptr ? *input_.path : plain;
    const std::vector<DecidedRow> rows = rows_of(rows_, JudgedSet::kRecent);
    const Certified before = certify(path, calls(rows, losses, places, false), *options_.promise, losses.kind());
    const Certified after = certify(path, calls(rows, losses, places, true), *options_.promise, losses.kind());
    GateCheck check{.set = std::string(to_string(JudgedSet::kRecent)), .what = "promise", .rows = rows.size()};
    check.before = before.kept.value();
    check.after = after.kept.value();
    check.low = after.kept.low();
    check.high = after.kept.high();
    check.limit = std::max(0.0, check.before - options_.kept_may_fall);
    check.note = fmt::format("share kept while at most {:.3g} is lost, with confidence {:.3g}",
                             options_.promise->at_most, options_.promise->confidence);
    if (!after.certified) {
      const std::size_t enough = after.more.for_anything.value_or(0);
      const bool would_do = enough > rows.size();
      check.verdict = would_do ? CheckVerdict::kTooLittleData : CheckVerdict::kFailed;
      check.missing = would_do ? enough - rows.size() : 0;
      check.note += would_do ? "; nothing can be certified from so few rows" : "; nothing can be certified";
    } else if (check.after < check.limit) {
      check.verdict = CheckVerdict::kFailed;
      check.note += "; too much would go to the fallback";
    }
    report_.checks.push_back(std::move(check));
    return {};
  }

  const GateInput& input_;
  const GateOptions& options_;
  std::vector<DecidedRow> rows_;
  GateReport report_;
};

}  // namespace

std::string_view to_string(JudgedSet set) {
  switch (set) {
    case JudgedSet::kGolden:
      return "golden";
    case JudgedSet::kRecent:
      return "recent";
    case JudgedSet::kVerdicts:
      return "verdicts";
  }
  return "";
}

Result<GateReport> judge_promotion(const GateInput& input, const GateOptions& options) {
  PM_CHECK(check_options(options));
  if (input.categories.size() < 2) return refuse("there are fewer than two categories");
  PM_TRY(std::vector<DecidedRow> rows, decide_all(input));
  return Gate(input, options, std::move(rows)).run();
}

}  // namespace pointsman::learn
