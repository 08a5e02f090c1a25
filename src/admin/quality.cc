#include "admin/quality.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "admin/decision_detail.h"
#include "admin/decisions.h"
#include "admin/drift_report.h"
#include "admin/json_parts.h"
#include "admin/label_set.h"
#include "admin/report.h"
#include "admin/threshold_curve.h"
#include "learn/evaluate.h"

namespace pointsman::admin {
namespace {

using base::Result;
using ledger::Entry;

constexpr std::chrono::seconds kFresh{10};
constexpr std::size_t kHistogramBins = 20;
constexpr std::string_view kNone = "(none)";  // of the categories, in a query

using Labels = std::map<base::Uuid, LabelledGuess>;

std::size_t bin_of(float confidence, std::size_t bins) {
  const auto bin = static_cast<std::int64_t>(static_cast<double>(confidence) * static_cast<double>(bins));
  return static_cast<std::size_t>(std::clamp<std::int64_t>(bin, 0, static_cast<std::int64_t>(bins) - 1));
}

// The threshold in force: of one category, or the mean of all, weighted by the requests that are likeliest theirs.
class ThresholdInForce {
 public:
  ThresholdInForce(const gateway::Snapshot& champion, std::string_view category) : champion_(champion) {
    for (const config::PolicyCategory& one : champion.policy.categories) {
      const bool counts = category.empty() || one.name == category;
      thresholds_.push_back(counts ? std::min(one.threshold, 1.0F) : -1);
    }
    weights_.resize(thresholds_.size());
  }
  void add(const Entry& entry, std::size_t likeliest) {
    if (entry.policy_version == champion_.policy_version && likeliest < weights_.size()) ++weights_[likeliest];
  }
  // To a float's digits, as thresholds are given.
  float value() const {
    double sum = 0;
    double weight = 0;
    for (const double least : {0.0, 1.0}) {  // without a request of theirs all count alike
      for (std::size_t i = 0; i < thresholds_.size(); ++i) {
        if (thresholds_[i] < 0) continue;
        const double one = std::max(static_cast<double>(weights_[i]), least);
        sum += one * static_cast<double>(thresholds_[i]);
        weight += one;
      }
      if (weight > 0) return static_cast<float>(sum / weight);
    }
    return 1;
  }

 private:
  const gateway::Snapshot& champion_;
  std::vector<float> thresholds_;  // below 0: not asked about
  std::vector<std::uint64_t> weights_;
};

struct HistogramBin {
  std::uint64_t unlabelled = 0;
  std::uint64_t confirmed = 0;
  std::uint64_t corrected = 0;
};

// What the ledger's requests of that time add.
struct Requests {
  std::uint64_t count = 0;
  std::array<HistogramBin, kHistogramBins> histogram{};
};

void write_share(json::Writer& out, const learn::Share& share) {
  out.begin_object().key("value");
  if (share.of > 0) {
    out.value(share.value());
  } else {
    out.null();
  }
  out.member("low", share.low()).member("high", share.high()).member("hits", share.hits).member("of", share.of);
  out.end_object();
}

void write_histogram(json::Writer& out, const Requests& requests) {
  out.key("histogram").begin_array();
  for (std::size_t i = 0; i < kHistogramBins; ++i) {
    const HistogramBin& one = requests.histogram[i];
    out.begin_object().member("low", static_cast<double>(i) / kHistogramBins);
    out.member("high", static_cast<double>(i + 1) / kHistogramBins).member("unlabelled", one.unlabelled);
    out.member("confirmed", one.confirmed).member("corrected", one.corrected).end_object();
  }
  out.end_array();
}

std::array<learn::CalibrationBin, learn::kCalibrationBins> calibrated(const Labels& labels) {
  std::array<learn::CalibrationBin, learn::kCalibrationBins> out{};
  for (const auto& [id, one] : labels) {
    learn::CalibrationBin& bin = out[bin_of(one.confidence, out.size())];
    ++bin.count;
    bin.right += one.right() ? 1 : 0;
    bin.confidence += static_cast<double>(one.confidence);
  }
  for (learn::CalibrationBin& bin : out) {
    if (bin.count > 0) bin.confidence /= static_cast<double>(bin.count);
  }
  return out;
}

// Mean distance of confidence and accuracy, weighted by the bins' counts (Naeini, Cooper and Hauskrecht 2015).
void write_calibration(json::Writer& out, const Labels& labels) {
  const auto bins = calibrated(labels);
  double error = 0;
  for (const learn::CalibrationBin& bin : bins) {
    error += std::fabs(static_cast<double>(bin.right) - bin.confidence * static_cast<double>(bin.count));
  }
  out.key("ece");
  if (labels.empty()) {
    out.null();
  } else {
    out.value(error / static_cast<double>(labels.size()));
  }
  out.key("calibration").begin_array();
  for (const learn::CalibrationBin& bin : bins) {
    out.begin_object().member("count", bin.count).member("right", bin.right);
    out.member("confidence", bin.confidence).end_object();
  }
  out.end_array();
}

struct Counts {
  std::uint64_t support = 0;
  std::uint64_t called = 0;
  std::uint64_t right = 0;
};

void write_cells(json::Writer& out, const Labels& labels, const gateway::Snapshot& champion) {
  std::vector<std::string> order;  // those of the policy in force first
  std::map<std::string, Counts> counts;
  std::map<std::pair<std::string, std::string>, std::uint64_t> cells;
  for (const config::PolicyCategory& one : champion.policy.categories) order.push_back(one.name);
  for (const auto& [id, one] : labels) {
    ++cells[{one.truth, one.predicted}];
    ++counts[one.truth].support;
    ++counts[one.predicted].called;
    counts[one.predicted].right += one.right() ? 1 : 0;
  }
  for (const auto& [name, count] : counts) {
    if (!name.empty() && std::ranges::find(order, name) == order.end()) order.push_back(name);
  }
  out.key("categories").begin_array();
  for (const std::string& name : order) {
    const Counts count = counts[name];
    out.begin_object().member("name", name).member("support", count.support).member("called", count.called);
    out.member("right", count.right).end_object();
  }
  out.end_array().key("confusion").begin_array();
  for (const auto& [cell, count] : cells) {
    out.begin_object().key("true");
    write_text_or_null(out, cell.first);
    out.member("predicted", cell.second).member("count", count).end_object();
  }
  out.end_array();
}

Result<LabelChoice> choice_of(const Query& query) {
  LabelChoice out;
  PM_TRY(out.range, query.range(std::chrono::hours(24 * 30)));
  PM_TRY(const std::size_t set, query.choice("set", kLabelSets));
  out.set = static_cast<LabelSet>(set);
  out.category = query.text("category");
  out.classifier = query.text("classifier");
  return out;
}

ledger::Filter requests_of(const LabelChoice& choice) {
  ledger::Filter out;
  out.since = choice.range.since;
  out.until = choice.range.until;
  out.category = choice.category;
  out.limit = std::numeric_limits<std::size_t>::max();
  out.newest_first = false;
  return out;
}

// One GET /quality at work.
class Measuring {
 public:
  Measuring(Call& call, const LabelChoice& choice)
      : call_(call),
        choice_(choice),
        champion_(call.world.lineup().champion),
        threshold_(*champion_, choice.category) {}

  Result<void> run(std::string& out) {
    PM_TRY(const Labels labels, read_labels(call_, choice_));
    PM_TRY(ledger::Reader * ledger, call_.books.ledger());
    const ledger::Filter filter = requests_of(choice_);
    PM_TRY(const std::uint64_t about, call_.books.backend().count(filter));
    ThresholdCurve curve([ledger](std::string_view version) { return ledger->policy(version); },
                         static_cast<double>(about));
    DriftReport drift(call_.world.configured().ledger.path, champion_->classifier_version, classifier_categories());
    PM_CHECK(walk(call_, *ledger, filter, [&](const Entry& entry) { add(entry, labels, curve, drift); }));
    for (const auto& [id, one] : labels) add_label(one, curve);
    write(labels, curve, drift, out);
    return {};
  }

 private:
  std::vector<std::string> classifier_categories() const {
    return champion_->classifier ? champion_->classifier->categories() : std::vector<std::string>();
  }

  void add(const Entry& entry, const Labels& labels, ThresholdCurve& curve, DriftReport& drift) {
    if (entry.probabilities.empty() || !entry.classifier_version.starts_with(choice_.classifier)) return;
    const auto top = std::ranges::max_element(entry.probabilities);
    ++requests_.count;
    if (!labels.contains(entry.id)) ++requests_.histogram[bin_of(*top, kHistogramBins)].unlabelled;
    threshold_.add(entry, static_cast<std::size_t>(top - entry.probabilities.begin()));
    curve.add(entry, *top);
    drift.see(entry);
  }

  void add_label(const LabelledGuess& one, ThresholdCurve& curve) {
    HistogramBin& bin = requests_.histogram[bin_of(one.confidence, kHistogramBins)];
    ++(one.right() ? bin.confirmed : bin.corrected);
    curve.add_label(one.confidence, one.right());
  }

  void write(const Labels& labels, const ThresholdCurve& curve, const DriftReport& drift, std::string& text) const {
    learn::Share accuracy{.hits = 0, .of = labels.size()};
    for (const auto& [id, one] : labels) accuracy.hits += one.right() ? 1 : 0;
    json::Writer out(text);
    out.begin_object().member("set", kLabelSets[static_cast<std::size_t>(choice_.set)]).key("since");
    write_time(out, choice_.range.since);
    out.key("until");
    write_time(out, choice_.range.until);
    out.member("classifier_version", champion_->classifier_version).member("requests", requests_.count);
    out.member("labels", labels.size()).key("accuracy");
    write_share(out, accuracy);
    write_histogram(out, requests_);
    write_calibration(out, labels);
    write_cells(out, labels, *champion_);
    out.member("threshold", threshold_.value()).key("curve");
    curve.write(out);
    out.key("drift");
    drift.write(out);
    out.end_object();
  }

  Call& call_;
  const LabelChoice& choice_;
  const gateway::SnapshotPtr champion_;
  ThresholdInForce threshold_;
  Requests requests_;
};

}  // namespace

Result<Answer> get_quality(Call& call) {
  PM_TRY(const LabelChoice choice, choice_of(call.query));
  return shelved(call, kFresh, [&](std::string& out) { return Measuring(call, choice).run(out); });
}

Result<Answer> get_quality_examples(Call& call) {
  PM_TRY(const LabelChoice choice, choice_of(call.query));
  PM_TRY(const std::size_t limit, call.query.limit());
  PM_TRY(const auto cursor, call.query.cursor());
  const std::string truth = call.query.text("true") == kNone ? "" : call.query.text("true");
  const std::string& predicted = call.query.text("predicted");
  PM_TRY(const Labels labels, read_labels(call, choice));
  std::vector<Entry> page;
  bool more = false;
  for (auto at = labels.rbegin(); at != labels.rend() && !more; ++at) {
    if ((cursor && at->first >= *cursor) || at->second.truth != truth || at->second.predicted != predicted) continue;
    more = page.size() == limit;
    if (more) break;
    PM_TRY(Entry entry, find_decision(call, at->first.to_string()));
    page.push_back(std::move(entry));
  }
  PM_TRY(const DecisionRows rows, with_labels(call, std::move(page)));
  Answer out;
  json::Writer json(out.body);
  json.begin_object();
  write_rows(json, rows, more);
  json.end_object();
  return out;
}

}  // namespace pointsman::admin
