// The small model of these measurements: a simulation (simulate/teacher.h), asked directly instead of over HTTP. What
// is measured with it says so.
//
// Immutable; from any thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "cascade/scored_set.h"
#include "classify/opinion.h"
#include "simulate/teacher.h"

namespace pointsman::bench {

// In which way it says how sure it is.
enum class Saying { kLogprobs, kRawLogprobs, kStated, kSampled };

class SimulatedModel {
 public:
  // Right about that share of the gold texts, when every category is offered.
  static base::Result<SimulatedModel> make(std::span<const simulate::GoldRow> gold, std::vector<std::string> categories,
                                           double accuracy, std::uint64_t seed = 1);

  // About one text; `offered` are indices of categories, empty: all.
  classify::Opinion ask(std::string_view text, Saying saying = Saying::kLogprobs,
                        std::span<const int> offered = {}) const;
  const simulate::Teacher& teacher() const { return *teacher_; }

 private:
  SimulatedModel(std::shared_ptr<const simulate::Teacher> teacher, std::vector<std::string> categories)
      : teacher_(std::move(teacher)), categories_(std::move(categories)) {}

  std::shared_ptr<const simulate::Teacher> teacher_;
  std::vector<std::string> categories_;
};

// The texts of a set that are of a category.
std::vector<simulate::GoldRow> gold_of(const ScoredSet& set);
std::vector<simulate::GoldRow> gold_of(const PublicSet& set, std::span<const std::string> categories);

// The `count` categories that the classifier finds likeliest, ascending.
std::vector<int> likeliest(std::span<const float> local, std::size_t count);

// Its opinions of the first `count` rows; with `narrow` above 0 only so many categories are offered, those that the
// classifier finds likeliest.
std::vector<classify::Opinion> ask_all(const SimulatedModel& model, const ScoredRows& rows, std::size_t count,
                                       std::size_t categories, std::size_t narrow = 0,
                                       Saying saying = Saying::kLogprobs);

}  // namespace pointsman::bench
