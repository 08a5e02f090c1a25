#include "cli/label_batch.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "learn/random_slice.h"

namespace pointsman::cli {
namespace {

using base::Result;
using ledger::Entry;

constexpr std::uint64_t kAgainSeed = 2;  // another order than the random slice's

// Of few decisions the slice takes no more: the others are there to be chosen.
constexpr double kMostSlice = 0.2;

// What people have said of decisions: which are labelled, and as what.
struct Said {
  std::set<base::Uuid> decisions;
  std::set<base::Uuid> own;  // by the person who is asked again
  std::vector<classify::TextTrace> traces;
  std::vector<std::size_t> categories;  // of the traces
};

std::size_t index_of(const std::vector<std::string>& categories, std::string_view name) {
  return static_cast<std::size_t>(std::ranges::find(categories, name) - categories.begin());
}

// Probabilities in the order of `now`; what the policy of that time had and the newest has not is left out.
std::vector<float> translated(const std::vector<float>& probabilities, const std::vector<std::string>& then,
                              const std::vector<std::string>& now) {
  if (probabilities.empty() || then == now) return probabilities;
  std::vector<float> out(now.size(), 0.0F);
  for (std::size_t i = 0; i < std::min(then.size(), probabilities.size()); ++i) {
    if (const std::size_t at = index_of(now, then[i]); at < now.size()) out[at] = probabilities[i];
  }
  return out;
}

class Choosing {
 public:
  Choosing(FeedbackBooks& books, const BatchOptions& options) : books_(books), options_(options) {}

  Result<LabelBatch> run() {
    PM_TRY(batch_.categories, books_.categories_now());
    PM_CHECK(read_feedback());
    PM_CHECK(read_ledger());
    PM_CHECK(choose());
    return std::move(batch_);
  }

 private:
  classify::TextTrace trace_of(const Entry& entry) {
    if (!entry.text.empty()) return classify::trace_of({.text = entry.text}, extractor_);
    return {.hash = entry.text_hash, .features = entry.features};
  }

  Result<void> read_feedback() {
    return books_.store().scan([this](const ledger::Feedback& feedback, const Entry& about) {
      if (feedback.signal != ledger::Signal::kNone || !feedback.labels()) return true;
      if (!options_.again.empty() && feedback.who == options_.again) said_.own.insert(about.id);
      if (!said_.decisions.insert(about.id).second) return true;
      said_.traces.push_back(trace_of(about));
      said_.categories.push_back(index_of(batch_.categories, feedback.category));
      return true;
    });
  }

  Result<void> read_ledger() {
    if (books_.ledger() == nullptr) return {};
    ledger::Filter filter;
    filter.since = options_.since;
    filter.until = options_.until;
    filter.limit = std::numeric_limits<std::size_t>::max();
    Result<void> done;
    PM_CHECK(books_.ledger()->scan(filter, [&](const Entry& entry) {
      done = consider(entry);
      return done.has_value();
    }));
    return done;
  }

  Result<void> consider(const Entry& entry) {
    if (entry.probabilities.empty() && entry.category.empty()) return {};  // not routed by us: there is no category
    ++batch_.decisions;
    const bool labelled = said_.decisions.contains(entry.id);
    batch_.labelled += labelled ? 1 : 0;
    const bool wanted = options_.again.empty() ? !labelled : labelled && !said_.own.contains(entry.id);
    if (!wanted || options_.without.contains(entry.id)) {
      return {};
    } else if (entry.text.empty()) {
      ++batch_.without_text;
    } else if (candidates_.size() >= std::min(options_.most, kMostCandidates)) {
      ++batch_.beyond_limit;
    } else {
      PM_TRY(learn::ReviewCandidate candidate, candidate_of(entry));
      candidates_.push_back(std::move(candidate));
    }
    return {};
  }

  Result<learn::ReviewCandidate> candidate_of(const Entry& entry) {
    PM_TRY(const std::vector<std::string> then, books_.categories_then(entry));
    learn::ReviewCandidate out;
    out.id = entry.id;
    out.local = translated(entry.probabilities, then, batch_.categories);
    out.small_model = translated(entry.consultation.probabilities, then, batch_.categories);
    if (entry.cost && entry.baseline_cost) {
      out.at_stake = std::max(0.0, static_cast<double>(entry.baseline_cost->nanos - entry.cost->nanos) / 1e9);
    }
    out.trace = trace_of(entry);
    return out;
  }

  Result<void> choose_again() {
    std::ranges::sort(candidates_, {},
                      [](const learn::ReviewCandidate& one) { return learn::slice_draw(one.id, kAgainSeed); });
    for (const learn::ReviewCandidate& one : candidates_) {
      if (batch_.picks.size() == options_.count) break;
      PM_TRY(std::optional<Entry> entry, books_.find(one.id));
      if (entry)
        batch_.picks.push_back({std::move(*entry), learn::ReviewReason::kRandom, "somebody else has labelled it", 0});
    }
    return {};
  }

  Result<void> choose() {
    if (!options_.again.empty()) return choose_again();
    std::vector<learn::KnownText> known;
    for (std::size_t i = 0; i < said_.traces.size(); ++i) known.push_back({&said_.traces[i], said_.categories[i]});
    learn::ReviewOptions how;
    how.count = options_.count;
    how.slice_rate =
        std::min(kMostSlice, learn::slice_rate(options_.slice_labels, static_cast<double>(batch_.decisions)));
    batch_.slice_rate = how.slice_rate;
    for (const learn::ReviewItem& item : learn::choose_for_review(candidates_, known, how)) {
      PM_TRY(std::optional<Entry> entry, books_.find(candidates_[item.candidate].id));
      if (!entry) continue;  // forgotten just now
      const bool random = item.reason == learn::ReviewReason::kRandom;
      batch_.picks.push_back({std::move(*entry), item.reason, item.why, random ? how.slice_rate : 0});
    }
    return {};
  }

  FeedbackBooks& books_;
  const BatchOptions& options_;
  LabelBatch batch_;
  Said said_;
  std::vector<learn::ReviewCandidate> candidates_;
  text::FeatureExtractor extractor_;
};

}  // namespace

Result<LabelBatch> choose_batch(FeedbackBooks& books, const BatchOptions& options) {
  return Choosing(books, options).run();
}

Result<learn::LabelItem> label_item(const LabelPick& pick, const std::vector<std::string>& categories,
                                    FeedbackBooks& books) {
  const Entry& entry = pick.entry;
  PM_TRY(const std::vector<std::string> then, books.categories_then(entry));
  learn::LabelItem item;
  item.id = entry.id.to_string();
  item.when = entry.started;
  item.text = entry.text;
  item.category = entry.category;
  item.stage = entry.stage;
  item.model = entry.model;
  item.cost = entry.cost;
  item.why = pick.why;
  if (!entry.probabilities.empty()) {
    item.opinions.push_back({"local", translated(entry.probabilities, then, categories), ""});
  }
  const ledger::Consultation& asked = entry.consultation;
  if (!asked.outcome.empty() && asked.outcome != "not_needed") {
    item.opinions.push_back({"llm", translated(asked.probabilities, then, categories), asked.outcome});
  }
  return item;
}

}  // namespace pointsman::cli
