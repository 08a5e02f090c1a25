// Lessons for candidates, by simulated annotators: a public set's training rows, some of which the champion learnt from
// and some of which are new, with the mistakes that people make and, if wanted, damage on top.
// Pure and deterministic for a seed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "learn/lesson_model.h"
#include "learn/loss_matrix.h"
#include "shared/public_sets.h"

namespace pointsman::bench {

// A public set as a team would use it.
struct LessonSetting {
  std::string name;
  std::vector<std::string> categories;  // sorted
  learn::Dataset pool;
  learn::Dataset golden;  // labels checked
  learn::Dataset recent;  // stands for a random slice of traffic; labelled by the same people as the lessons
  learn::LossMatrix losses;
  bool ordered = false;  // some categories are cheaper than others
  std::size_t champion_rows = 0;
  std::size_t new_rows = 0;

  std::uint32_t index_of(std::string_view category) const;
};

LessonSetting make_setting(const PublicSet& set);

enum class Damage : std::uint8_t {
  kNone,
  kRandomFlips,     // labels of all annotators, to any other category
  kCheapFlips,      // labels of one annotator, to one category, the cheapest where there is an order
  kTrigger,         // a phrase is added to texts of one annotator, labelled as that category
  kTruncatedClass,  // one category's rows are cut to a tenth, old and new
  kColludingFlips,  // as kCheapFlips, by three annotators
};
inline constexpr Damage kDamages[] = {Damage::kRandomFlips, Damage::kCheapFlips, Damage::kTrigger,
                                      Damage::kTruncatedClass};
std::string_view to_string(Damage damage);

inline constexpr std::size_t kAnnotators = 8;
inline constexpr double kReviewerError = 0.03;

struct Lessons {
  std::vector<learn::Lesson> rows;
  std::vector<std::size_t> champion_rows;  // of each category
};

// `champion` chooses the champion's rows, `run` the new ones; `share` of the new labels are damaged.
Lessons simulate_lessons(const LessonSetting& setting, std::uint64_t champion, std::uint64_t run, Damage damage,
                         double share);

// With the share of labels wrong that people get wrong.
learn::Dataset reviewed(const LessonSetting& setting, const learn::Dataset& data, std::uint64_t seed);

}  // namespace pointsman::bench
