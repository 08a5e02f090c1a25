#include "classify/cascade.h"

#include <algorithm>
#include <limits>
#include <set>

#include "classify/certificate.h"

namespace pointsman::classify {

using base::Result;

namespace {

constexpr std::string_view kHeader = "x-pointsman-route";
constexpr std::string_view kShift = "shift";
constexpr std::string_view kWithoutEncoder = "without_encoder";
constexpr std::string_view kErrorPrefix = "classifier_error: ";
constexpr std::string_view kOpinionPrefix = "llm_";
constexpr std::string_view kToNone = "corrected_to_none";
constexpr std::string_view kOtherwise = "corrected_otherwise";
static_assert(kToNone.starts_with(kCorrected) && kOtherwise.starts_with(kCorrected));
// Float sums of a few thousand probabilities stay well within this of 1.
constexpr float kSumSlack = 1e-3F;

// Empty, or why the numbers cannot be probabilities.
std::string distribution_problem(std::span<const float> probabilities, std::size_t expected) {
  if (probabilities.size() != expected) {
    return std::to_string(probabilities.size()) + " probabilities for " + std::to_string(expected) + " categories";
  }
  float sum = 0;
  for (const float p : probabilities) {
    if (!(p >= 0 && p <= 1 + kSumSlack)) return "a probability is not in [0, 1]";  // also NaN
    sum += p;
  }
  return sum <= 1 + kSumSlack ? "" : "the probabilities sum to more than 1";
}

std::string threshold_reason(const Category& category, bool sure) {
  if (category.threshold > 1) return "nothing_certified";
  if (category.certified) return sure ? "at_or_above_certified_threshold" : "below_certified_threshold";
  return sure ? "at_or_above_threshold" : "below_threshold";
}

std::string list_names(const std::vector<Category>& categories) {
  std::string list;
  for (const Category& category : categories) list += (list.empty() ? "" : ", ") + category.name;
  return list;
}

}  // namespace

Result<Cascade> Cascade::create(std::vector<Category> categories, const std::vector<Rule>& rules) {
  Cascade cascade;
  cascade.categories_ = std::move(categories);
  if (std::string all = cascade.problems(rules); !all.empty()) {
    all.pop_back();
    return base::fail(base::ErrorCode::kInvalidArgument, std::move(all));
  }
  for (const Rule& rule : rules) cascade.rules_.push_back({rule.name, cascade.find(rule.category)});
  cascade.certified_ = std::ranges::any_of(cascade.categories_, &Category::certified);
  return cascade;
}

std::string Cascade::problems(const std::vector<Rule>& rules) const {
  std::string all;
  std::set<std::string_view> seen;
  for (const Category& category : categories_) {
    if (category.name.empty()) all += "a category without a name\n";
    if (!seen.insert(category.name).second) all += "category \"" + category.name + "\" defined twice\n";
    if (!(category.threshold >= 0 && category.threshold <= (category.certified ? kNeverKeep : 1.0F))) {
      all += "category \"" + category.name + "\": threshold must be between 0 and 1\n";
    }
    if (!(category.pooled_threshold >= 0 && category.pooled_threshold <= kNeverKeep)) {
      all += "category \"" + category.name + "\": the threshold of both opinions must be between 0 and 2\n";
    }
  }
  std::set<std::string_view> rule_names;
  for (const Rule& rule : rules) {
    if (!rule_names.insert(rule.name).second) all += "rule \"" + rule.name + "\" defined twice\n";
    if (find(rule.category) >= 0) continue;
    all += "rule \"" + rule.name + "\": unknown category \"" + rule.category + "\"; known: " + list_names(categories_) +
           "\n";
  }
  return all;
}

int Cascade::find(std::string_view name) const {
  const auto found = std::find_if(categories_.begin(), categories_.end(),
                                  [&](const Category& category) { return category.name == name; });
  return found == categories_.end() ? -1 : static_cast<int>(found - categories_.begin());
}

Result<Verdict> Cascade::decide(const Evidence& evidence) const {
  if (!evidence.route_header.empty()) {
    const int category = find(evidence.route_header);
    if (category < 0) {
      return base::fail(
          base::Error(base::ErrorCode::kInvalidArgument,
                      "unknown category in " + std::string(kHeader) + "; known: " + list_names(categories_),
                      base::Origin::kClient)
              .at(std::string(kHeader)));
    }
    return decided(category, Stage::kClient, "header", evidence);
  }
  for (const std::string& hit : evidence.rule_hits) {
    const auto rule = std::find_if(rules_.begin(), rules_.end(), [&](const RuleTarget& r) { return r.rule == hit; });
    if (rule != rules_.end()) return decided(rule->category, Stage::kRule, "rule:" + hit, evidence);
  }
  if (auto corrected = decide_by_correction(evidence)) return std::move(*corrected);
  Verdict verdict = decide_by_classifier(evidence);
  verdict.rule_hits = evidence.rule_hits;
  verdict.opinion = evidence.opinion;
  verdict.recalled = evidence.recalled;
  if (verdict.stage == Stage::kFallback) settle_by_opinion(evidence, verdict);
  if (verdict.stage != Stage::kFallback && evidence.recalled.said() && evidence.recalled.category != verdict.category) {
    verdict.stage = Stage::kFallback;
    verdict.reason = kOtherwise;
  }
  return verdict;
}

std::optional<Verdict> Cascade::decide_by_correction(const Evidence& evidence) const {
  const Recollection& recalled = evidence.recalled;
  if (!recalled.said() || recalled.category >= static_cast<int>(categories_.size())) return std::nullopt;
  if (recalled.category >= 0) {
    if (certified_) return std::nullopt;
    return decided(recalled.category, Stage::kMemory, std::string(kCorrected), evidence);
  }
  Verdict verdict{.reason = std::string(kToNone)};
  keep_evidence(evidence, verdict);
  return verdict;
}

Verdict Cascade::decided(int category, Stage stage, std::string reason, const Evidence& evidence) const {
  Verdict verdict{.category = category, .stage = stage, .reason = std::move(reason)};
  verdict.threshold = categories_[static_cast<std::size_t>(category)].threshold;
  keep_evidence(evidence, verdict);
  return verdict;
}

// What the classifier thought is kept beside a decision it did not make: the two can be compared later.
void Cascade::keep_evidence(const Evidence& evidence, Verdict& verdict) const {
  verdict.rule_hits = evidence.rule_hits;
  const bool usable = evidence.classifier_error.empty() && !evidence.probabilities.empty() &&
                      distribution_problem(evidence.probabilities, categories_.size()).empty();
  if (usable) verdict.probabilities = evidence.probabilities;
  verdict.opinion = evidence.opinion;
  verdict.recalled = evidence.recalled;
}

Verdict Cascade::decide_by_classifier(const Evidence& evidence) const {
  Verdict verdict;
  if (!evidence.classifier_error.empty()) {
    verdict.reason = std::string(kErrorPrefix) + evidence.classifier_error;
    return verdict;
  }
  if (evidence.probabilities.empty()) {
    verdict.reason = "no_classifier";
    return verdict;
  }
  if (std::string problem = distribution_problem(evidence.probabilities, categories_.size()); !problem.empty()) {
    verdict.reason = std::string(kErrorPrefix) + problem;
    return verdict;
  }
  const auto top = std::max_element(evidence.probabilities.begin(), evidence.probabilities.end());
  verdict.probabilities = evidence.probabilities;
  if (!(*top > 0)) {  // all the mass lies on categories that are not configured: not even a guess
    verdict.reason = evidence.unheard ? kWithoutEncoder : "below_threshold";
    return verdict;
  }
  verdict.category = static_cast<int>(top - evidence.probabilities.begin());
  verdict.probability = *top;
  verdict.threshold = categories_[static_cast<std::size_t>(verdict.category)].threshold;
  const Category& category = categories_[static_cast<std::size_t>(verdict.category)];
  if (category.certified && category.threshold <= 1 && evidence.unheard) {
    verdict.reason = kWithoutEncoder;
    return verdict;
  }
  const bool sure = *top >= verdict.threshold;
  const bool suspended = sure && category.certified && evidence.shift;
  verdict.stage = sure && !suspended ? Stage::kLocal : Stage::kFallback;
  verdict.reason = suspended ? std::string(kShift) : threshold_reason(category, sure);
  return verdict;
}

void Cascade::settle_by_opinion(const Evidence& evidence, Verdict& verdict) const {
  const Opinion& opinion = evidence.opinion;
  if (opinion.outcome == OpinionOutcome::kNone || opinion.outcome == OpinionOutcome::kNotNeeded) return;
  // Neither opinion was proved on requests like these; and what broke the classifier's numbers is not known.
  const bool unproved = verdict.reason == kShift || verdict.reason == kWithoutEncoder;
  if (unproved || verdict.reason.starts_with(kErrorPrefix)) return;
  if (!opinion.usable()) {
    verdict.reason = std::string(kOpinionPrefix) + std::string(to_string(opinion.outcome));
    return;
  }
  const bool sound = distribution_problem(opinion.probabilities, categories_.size()).empty();
  std::vector<float> pooled = sound ? combination_.combine(verdict.probabilities, opinion) : std::vector<float>();
  if (pooled.empty()) {
    verdict.reason = std::string(kOpinionPrefix) + (sound ? "uncalibrated" : "unusable");
    return;
  }
  const auto top = std::max_element(pooled.begin(), pooled.end());
  verdict.category = static_cast<int>(top - pooled.begin());
  verdict.probability = *top;
  verdict.threshold = categories_[static_cast<std::size_t>(verdict.category)].pooled_threshold;
  verdict.pooled = std::move(pooled);
  const bool sure = verdict.probability >= verdict.threshold;
  verdict.stage = sure ? Stage::kLlm : Stage::kFallback;
  verdict.reason = std::string(kOpinionPrefix) + (sure ? "at_or_above_threshold" : "below_threshold");
}

Projection::Projection(const Cascade& cascade, const std::vector<std::string>& classifier_categories)
    : size_(cascade.categories().size()) {
  for (const std::string& name : classifier_categories) target_.push_back(cascade.find(name));
  for (std::size_t i = 0; i < size_; ++i) {
    const bool known = std::find(target_.begin(), target_.end(), static_cast<int>(i)) != target_.end();
    if (!known) unknown_.push_back(cascade.categories()[i].name);
  }
}

std::vector<float> Projection::apply(std::span<const float> classifier_probabilities) const {
  // Read by position, a wrong number of them would be evidence for the wrong category; decide() takes NaN as an error.
  if (classifier_probabilities.size() != target_.size()) {
    return std::vector<float>(size_, std::numeric_limits<float>::quiet_NaN());
  }
  std::vector<float> out(size_, 0);
  for (std::size_t i = 0; i < target_.size(); ++i) {
    if (target_[i] >= 0) out[static_cast<std::size_t>(target_[i])] += classifier_probabilities[i];
  }
  return out;
}

Evidence recorded_evidence(std::string route_header, const Verdict& verdict) {
  Evidence evidence{.route_header = std::move(route_header), .rule_hits = verdict.rule_hits};
  evidence.probabilities = verdict.probabilities;
  evidence.opinion = verdict.opinion;
  evidence.recalled = verdict.recalled;
  evidence.shift = verdict.reason == kShift;
  evidence.unheard = verdict.reason == kWithoutEncoder;
  if (verdict.reason.starts_with(kErrorPrefix)) evidence.classifier_error = verdict.reason.substr(kErrorPrefix.size());
  return evidence;
}

}  // namespace pointsman::classify
