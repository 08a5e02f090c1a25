#include "cascade/simulated_model.h"

#include <algorithm>
#include <numeric>

#include "base/hash.h"

namespace pointsman::bench {
namespace {

using base::Result;
using classify::Opinion;
using classify::OpinionSource;

constexpr std::size_t kSamples = 5;

void add_gold(const ScoredSet& set, const ScoredRows& rows, std::vector<simulate::GoldRow>& out) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows.truth[i] < set.categories.size()) out.push_back({rows.texts[i], set.categories[rows.truth[i]]});
  }
}

// Shares of the offered labels, in their order.
std::vector<double> shares_of(const simulate::Teacher& teacher, const simulate::TeacherOpinion& said, Saying saying,
                              std::uint64_t text) {
  const std::size_t n = said.chances.size();
  std::vector<double> out = said.chances;
  switch (saying) {
    case Saying::kRawLogprobs:
      break;
    case Saying::kLogprobs:
      for (double& one : out) one /= 1 - said.outside;
      break;
    case Saying::kStated:
      out.assign(n, n > 1 ? (1 - said.stated) / static_cast<double>(n - 1) : 0);
      out[said.best] = said.stated;
      break;
    case Saying::kSampled:
      out.assign(n, 0.5);
      for (std::size_t i = 0; i < kSamples; ++i) out[teacher.choose(said, 1, text + i)] += 1;
      for (double& one : out) one /= kSamples + 0.5 * static_cast<double>(n);
      break;
  }
  return out;
}

OpinionSource source_of(Saying saying) {
  if (saying == Saying::kStated) return OpinionSource::kStated;
  return saying == Saying::kSampled ? OpinionSource::kSampled : OpinionSource::kLogprobs;
}

}  // namespace

std::vector<simulate::GoldRow> gold_of(const ScoredSet& set) {
  std::vector<simulate::GoldRow> out;
  add_gold(set, set.test, out);
  add_gold(set, set.teach, out);
  return out;
}

std::vector<simulate::GoldRow> gold_of(const PublicSet& set, std::span<const std::string> categories) {
  std::vector<simulate::GoldRow> out;
  for (const learn::Dataset* part : {&set.train, &set.test}) {
    for (const learn::Example& one : part->examples) {
      if (std::ranges::find(categories, one.category) != categories.end()) out.push_back({one.text, one.category});
    }
  }
  return out;
}

Result<SimulatedModel> SimulatedModel::make(std::span<const simulate::GoldRow> gold,
                                            std::vector<std::string> categories, double accuracy, std::uint64_t seed) {
  PM_TRY(auto teacher, simulate::Teacher::make(gold, {.accuracy = accuracy, .seed = seed}));
  return SimulatedModel(std::move(teacher), std::move(categories));
}

Opinion SimulatedModel::ask(std::string_view text, Saying saying, std::span<const int> offered) const {
  std::vector<std::string> names;
  for (const int one : offered) names.push_back(categories_[static_cast<std::size_t>(one)]);
  const simulate::TeacherOpinion said = teacher_->opinion(text, offered.empty() ? categories_ : names);
  const std::vector<double> shares = shares_of(*teacher_, said, saying, base::xxh3(text));
  Opinion out;
  out.outcome = classify::OpinionOutcome::kUsed;
  out.source = source_of(saying);
  out.coverage = static_cast<float>(1 - said.outside);
  out.offered.assign(offered.begin(), offered.end());
  out.probabilities.assign(categories_.size(), 0);
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const std::size_t category = offered.empty() ? i : static_cast<std::size_t>(offered[i]);
    out.probabilities[category] = static_cast<float>(shares[i]);
  }
  return out;
}

std::vector<int> likeliest(std::span<const float> local, std::size_t count) {
  std::vector<int> order(local.size());
  std::iota(order.begin(), order.end(), 0);
  count = std::min(count, order.size());
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(count), [&](int a, int b) {
    const float pa = local[static_cast<std::size_t>(a)];
    const float pb = local[static_cast<std::size_t>(b)];
    return pa != pb ? pa > pb : a < b;
  });
  order.resize(count);
  std::ranges::sort(order);
  return order;
}

std::vector<Opinion> ask_all(const SimulatedModel& model, const ScoredRows& rows, std::size_t count,
                             std::size_t categories, std::size_t narrow, Saying saying) {
  std::vector<Opinion> out;
  out.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<int> offered;
    if (narrow > 0) offered = likeliest(rows.local(i, categories), narrow);
    out.push_back(model.ask(rows.texts[i], saying, offered));
  }
  return out;
}

}  // namespace pointsman::bench
