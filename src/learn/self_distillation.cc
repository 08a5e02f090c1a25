#include "learn/self_distillation.h"

#include <algorithm>
#include <numeric>

#include "base/hash.h"
#include "classify/linear_model.h"
#include "learn/traffic_profile.h"
#include "learn/verdict_gate.h"

namespace pointsman::learn {
namespace {

using base::Result;

// Of a model that nobody has measured.
constexpr classify::PoolWeights kUnmeasured{.local = 1, .model = 0.6F, .floor = 1e-6F, .stray = 0.02F};
constexpr float kWorthTeaching = 0.1F;        // probability of a category in a soft label
constexpr std::size_t kFewestOfCategory = 2;  // verdicts, before the classifier learns it
constexpr std::size_t kNewOfCategory = 5;     // verdicts of a category it does not know that make training due
constexpr std::size_t kLeastBetween = 100;    // verdicts between two trainings, whatever happens
constexpr std::size_t kRecent = 100;          // verdicts, of which...
constexpr std::ptrdiff_t kStrange = 5;        // ... so many of categories it hardly knows raise an alarm
constexpr std::size_t kYoung = 12;            // a category with fewer verdicts is hardly known
constexpr double kAlarmedGrowth = 1.08;
constexpr std::size_t kFresh = 300;    // requests after a training that show what traffic looks like to the new one
constexpr std::size_t kLatest = 1000;  // requests by which the share that is asked about is kept to
constexpr std::size_t kLookEvery = 50;
constexpr classify::ShiftOptions kShift{.requests_between_false_alarms = 20'000};

std::size_t largest(std::span<const float> p) {
  return static_cast<std::size_t>(std::ranges::max_element(p) - p.begin());
}

float mass(std::span<const float> p) {
  return std::accumulate(p.begin(), p.end(), 0.0F);
}

std::uint64_t key_of(const DistilRow& row) {
  return base::xxh3(row.text, base::xxh3(row.context));
}

// Which half of the texts it belongs to; has nothing to do with what is held out.
bool in_half(const DistilRow& row) {
  return (key_of(row) >> 40 & 1) != 0;
}

// Reads a classifier's probabilities in the order of the configured categories.
class Reading {
 public:
  Reading(const classify::Classifier& classifier, const std::vector<std::string>& categories)
      : classifier_(classifier), scratch_(classifier.make_scratch()), raw_(classifier.categories().size()) {
    for (const std::string& name : classifier.categories()) {
      target_.push_back(static_cast<std::size_t>(std::ranges::find(categories, name) - categories.begin()));
    }
    out_.resize(categories.size());
  }

  std::span<const float> of(const DistilRow& row) {
    std::ranges::fill(out_, 0.0F);
    if (!classifier_.classify({row.text, row.context, row.tools}, *scratch_, raw_)) return out_;
    for (std::size_t i = 0; i < target_.size(); ++i) {
      if (target_[i] < out_.size()) out_[target_[i]] = raw_[i];
    }
    return out_;
  }

 private:
  const classify::Classifier& classifier_;
  std::unique_ptr<classify::Scratch> scratch_;
  std::vector<std::size_t> target_;
  std::vector<float> raw_;
  std::vector<float> out_;
};

std::vector<bool> known_to(const classify::Classifier& classifier, const std::vector<std::string>& categories) {
  std::vector<bool> out;
  for (const std::string& name : categories) {
    out.push_back(std::ranges::find(classifier.categories(), name) != classifier.categories().end());
  }
  return out;
}

}  // namespace

SelfDistillation::SelfDistillation(std::vector<std::string> categories, DistilOptions options)
    : categories_(std::move(categories)),
      options_(std::move(options)),
      known_(categories_.size(), false),
      heard_(categories_.size(), 0),
      new_verdicts_(categories_.size(), 0) {}

Asking SelfDistillation::asking(std::span<const float> local, double draw) const {
  if (!serving_ || local.empty()) return {};
  if (static_cast<double>(*std::ranges::max_element(local)) < threshold_) return {};
  // Under alarm even what it is sure of may be new: then these teach as well.
  const double share = alarmed_ ? options_.alarmed_audit : options_.audit;
  return {.ask = draw < share, .by_chance = !alarmed_, .chance = static_cast<float>(share)};
}

std::vector<float> SelfDistillation::both(const DistilRow& row) const {
  return pooled(row, serving_ ? row.local : std::vector<float>{}, known_);
}

std::vector<float> SelfDistillation::pooled(const DistilRow& row, std::vector<float> local,
                                            const std::vector<bool>& known) const {
  const auto unknown = static_cast<std::size_t>(std::ranges::count(known, false));
  if (!local.empty() && unknown > 0) {
    const float share = std::max(0.0F, 1 - mass(local)) / static_cast<float>(unknown + 1);
    for (std::size_t c = 0; c < local.size(); ++c) local[c] = known[c] ? local[c] : share;
  }
  std::vector<float> out = options_.opinions.combine(local, row.opinion);
  if (!out.empty()) return out;
  out.resize(categories_.size());
  classify::pool(local, row.opinion, kUnmeasured, out);
  return out;
}

// The likeliest category of a soft label, or none; nothing is taught by what is below the bar.
void SelfDistillation::label(Kept& kept) const {
  kept.label = largest(kept.soft);
  const float none = 1 - mass(kept.soft);
  const float top = std::max(kept.soft[kept.label], none);
  if (none > kept.soft[kept.label]) kept.label = categories_.size();
  if (static_cast<double>(top) < options_.bar) kept.soft.clear();
}

bool SelfDistillation::is_held_out(const DistilRow& row) const {
  constexpr std::uint64_t kParts = 1 << 20;
  return static_cast<double>(key_of(row) % kParts) < options_.held_out * static_cast<double>(kParts);
}

void SelfDistillation::take(DistilRow row) {
  watch(row.local);
  Kept kept;
  const bool heard = row.opinion.usable() && row.opinion.probabilities.size() == categories_.size() &&
                     (row.local.empty() || row.local.size() == categories_.size());
  if (row.human) {
    kept.soft.assign(categories_.size(), 0);
    kept.label = std::min(*row.human, categories_.size());
    if (kept.label < categories_.size()) kept.soft[kept.label] = 1;
  } else if (heard) {
    kept.verdict = true;
    kept.soft = both(row);
    label(kept);
  }
  kept.judges = row.by_chance || is_held_out(row) || judging_texts_.contains(key_of(row));
  if (row.by_chance) judging_texts_.insert(key_of(row));
  if (row.human || heard) ++verdicts_;
  kept.row = std::move(row);
  count_new(kept);
  look_for_alarm();
  kept_.push_back(std::move(kept));
  if (kept_.size() <= options_.keep) return;
  judging_texts_.erase(key_of(kept_.front().row));
  kept_.pop_front();
}

void SelfDistillation::count_new(const Kept& kept) {
  if (kept.soft.empty()) return;
  if (kept.label == categories_.size()) return;
  if (!kept.judges) ++heard_[kept.label];
  if (!known_[kept.label] && !kept.judges) ++new_verdicts_[kept.label];
  strange_.push_back(heard_[kept.label] < kYoung);
  if (strange_.size() > kRecent) strange_.pop_front();
}

void SelfDistillation::look_for_alarm() {
  alarmed_ = detector_.raised() || (serving_ && std::ranges::count(strange_, true) >= kStrange);
}

// The first requests after a training show what traffic looks like to it; later ones are held against them.
void SelfDistillation::watch(std::span<const float> local) {
  if (!serving_ || local.empty()) return;
  const float top = *std::ranges::max_element(local);
  latest_.push_back(top);
  if (latest_.size() > kLatest) latest_.pop_front();
  if (latest_.size() >= kFresh && ++since_look_ % kLookEvery == 0) keep_to_share();
  if (detector_.watches()) {
    detector_.observe(top);
    return;
  }
  fresh_.push_back({.probability = top});
  if (fresh_.size() < kFresh) return;
  detector_ = classify::ShiftDetector(profile_traffic(fresh_).levels, kShift);
  fresh_.clear();
}

// Lowers the threshold so far that no more of the latest requests would have been asked about than may be.
void SelfDistillation::keep_to_share() {
  std::vector<float> sorted(latest_.begin(), latest_.end());
  std::ranges::sort(sorted);
  const double share = std::clamp((options_.most_asked - options_.audit) / (1 - options_.audit), 0.0, 1.0);
  const auto asked = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
  threshold_ = worth_asking_;
  if (asked < sorted.size()) threshold_ = std::min(threshold_, static_cast<double>(sorted[asked]));
}

bool SelfDistillation::due() const {
  const std::size_t since = verdicts_ - verdicts_at_attempt_;
  const std::size_t first = std::max(options_.first, options_.first_per_category * categories_.size());
  if (verdicts_at_attempt_ == 0) return verdicts_ >= first;
  if (since < kLeastBetween) return false;
  if (serving_ && std::ranges::any_of(new_verdicts_, [](std::size_t n) { return n >= kNewOfCategory; })) return true;
  const double growth = alarmed_ ? kAlarmedGrowth : options_.growth;
  return static_cast<double>(verdicts_) >= growth * static_cast<double>(verdicts_at_attempt_);
}

Dataset SelfDistillation::lessons(Refit& refit, std::optional<bool> half) const {
  std::vector<std::size_t> counts(categories_.size() + 1, 0);
  for (const Kept& one : kept_) {
    if (!one.judges && !one.soft.empty()) ++counts[one.label];
  }
  std::size_t rare = 0;
  Dataset out;
  for (const Kept& one : kept_) {
    if (one.judges || one.soft.empty()) continue;
    if (half && in_half(one.row) != *half) continue;
    ++refit.taught;
    if (one.label < categories_.size() && counts[one.label] < kFewestOfCategory) ++rare;
    Example example{.text = one.row.text, .context = one.row.context, .tools = one.row.tools};
    const float weight = one.row.human ? options_.human_weight : 1;
    if (one.label == categories_.size()) {
      example.outside = true;
      example.weight = weight;
      out.examples.push_back(example);
      continue;
    }
    for (std::size_t c = 0; c < categories_.size(); ++c) {
      if (one.soft[c] < kWorthTeaching || counts[c] < kFewestOfCategory) continue;
      example.category = categories_[c];
      example.weight = weight * one.soft[c];
      out.examples.push_back(example);
    }
  }
  refit.unheard = refit.taught > 0 ? static_cast<double>(rare) / static_cast<double>(refit.taught) : 0;
  return out;
}

std::vector<const SelfDistillation::Kept*> SelfDistillation::judges() const {
  std::vector<const Kept*> out;
  const std::size_t from = kept_.size() - std::min(kept_.size(), options_.window);
  for (std::size_t i = from; i < kept_.size(); ++i) {
    if (kept_[i].judges && !kept_[i].soft.empty()) out.push_back(&kept_[i]);
  }
  return out;
}

std::vector<float> SelfDistillation::tops(const classify::Classifier* classifier, std::span<const Kept* const> judges,
                                          std::vector<bool>& wrong) const {
  std::vector<float> out(judges.size(), 0);
  wrong.assign(judges.size(), true);
  if (classifier == nullptr) return out;
  Reading reading(*classifier, categories_);
  for (std::size_t i = 0; i < judges.size(); ++i) {
    const auto local = reading.of(judges[i]->row);
    const std::size_t best = largest(local);
    out[i] = local[best];
    wrong[i] = !(out[i] > 0) || best != judges[i]->label;
  }
  return out;
}

void SelfDistillation::cross_check() {
  TrainOptions how = options_.train;
  if (l2_ > 0) how.l2 = {l2_};  // who trains again on nearly the same texts need not search again
  for (const bool half : {false, true}) {
    Refit counts;
    const auto trained = train(lessons(counts, half), how);
    if (!trained) continue;  // too little to learn from: the verdicts stay as they are
    const auto other = classify::LinearModel::from_string(trained->artefact);
    if (!other) continue;
    const std::vector<bool> known = known_to(**other, categories_);
    Reading reading(**other, categories_);
    for (Kept& one : kept_) {
      if (one.judges || one.row.human || !one.verdict || in_half(one.row) == half) continue;
      const auto local = reading.of(one.row);
      one.soft = pooled(one.row, {local.begin(), local.end()}, known);
      label(one);
    }
  }
}

Result<Refit> SelfDistillation::refit(const classify::Classifier* current) {
  verdicts_at_attempt_ = verdicts_;
  std::ranges::fill(new_verdicts_, 0U);
  Refit out;
  cross_check();
  const Dataset data = lessons(out);
  TrainOptions how = options_.train;
  how.outside_share = std::max(how.outside_share, std::min(out.unheard, 0.5));
  PM_TRY(Trained trained, train(data, how));
  l2_ = trained.report.l2;
  out.artefact = std::move(trained.artefact);
  PM_TRY(const auto candidate, classify::LinearModel::from_string(out.artefact));
  out.known = candidate->categories().size();

  const std::vector<const Kept*> judging = judges();
  std::vector<bool> before;
  std::vector<bool> after;
  tops(current, judging, before);
  const std::vector<float> sure = tops(candidate.get(), judging, after);
  std::vector<JudgedTwice> rows;
  std::vector<Agreement> agreements;
  for (std::size_t i = 0; i < judging.size(); ++i) {
    rows.push_back({before[i], after[i]});
    agreements.push_back({sure[i], after[i], 1 / static_cast<double>(std::max(judging[i]->row.chance, 1e-3F))});
  }
  out.gate.rows = rows.size();
  out.gate.wrong_before = static_cast<std::size_t>(std::ranges::count(before, true));
  out.gate.wrong_after = static_cast<std::size_t>(std::ranges::count(after, true));
  out.gate.accepted = current == nullptr || proves_not_worse(rows, options_.worse, options_.gate_risk, options_.seed);
  if (out.gate.accepted) adopt(*candidate, ask_below(agreements, options_.price));
  out.threshold = threshold_;
  return out;
}

void SelfDistillation::adopt(const classify::Classifier& classifier, float ask_below) {
  known_ = known_to(classifier, categories_);
  serving_ = true;
  worth_asking_ = static_cast<double>(ask_below);
  threshold_ = worth_asking_;
  latest_.clear();
  detector_ = {};
  fresh_.clear();
  look_for_alarm();
}

}  // namespace pointsman::learn
