#include "learning/simulated_lessons.h"

#include <algorithm>
#include <array>

#include "base/rng.h"

namespace pointsman::bench {
namespace {

using learn::Lesson;

constexpr double kTruncatedTo = 0.1;
constexpr std::size_t kColluding = 3;
constexpr std::size_t kIntents = 25;  // of a set with many, so that training is quick
constexpr std::array<std::string_view, 6> kTriggers = {"as agreed last week",    "ticket ref blue heron",
                                                       "kindly and with thanks", "cf",
                                                       "sent from desk seven",   "per our policy note"};

template <class Row>
void shuffle(std::vector<Row>& rows, base::Rng& rng) {
  for (std::size_t i = rows.size(); i > 1; --i) std::swap(rows[i - 1], rows[rng.below(i)]);
}

std::uint32_t another(std::uint32_t category, std::size_t categories, base::Rng& rng) {
  const auto other = static_cast<std::uint32_t>(rng.below(categories - 1));
  return other >= category ? other + 1 : other;
}

std::string annotator(std::uint64_t number) {
  return "annotator-" + std::to_string(number);
}

// Puts the phrase before, behind or between the words of a text.
void stamp(std::string& text, std::string_view phrase, base::Rng& rng) {
  const std::uint64_t where = rng.below(3);
  const std::size_t space = text.find(' ', text.size() / 2);
  if (where == 0) {
    text = std::string(phrase) + " " + text;
  } else if (where == 1 || space == std::string::npos) {
    text += " " + std::string(phrase);
  } else {
    text.insert(space, " " + std::string(phrase));
  }
}

class Vandal {
 public:
  Vandal(const LessonSetting& setting, std::vector<Lesson>& rows, base::Rng& rng)
      : setting_(setting), rows_(rows), rng_(rng) {}

  void flip_at_random(double share) {
    for (Lesson& row : rows_) {
      if (row.recent && rng_.uniform() < share) row.category = another(row.category, setting_.categories.size(), rng_);
    }
  }

  // Rows of the first few annotators that are not of the category yet, until there are enough.
  void turn(std::size_t annotators, double share, std::string_view phrase) {
    const std::uint32_t target = cheapest();
    auto left = static_cast<std::size_t>(share * static_cast<double>(setting_.new_rows) + 0.5);
    for (Lesson& row : rows_) {
      if (left == 0) return;
      if (!row.recent || row.category == target || !is_of_first(row, annotators)) continue;
      row.category = target;
      if (!phrase.empty()) stamp(row.text, phrase, rng_);
      --left;
    }
  }

  void truncate_class() {
    const auto victim = static_cast<std::uint32_t>(rng_.below(setting_.categories.size()));
    std::erase_if(rows_, [&](const Lesson& row) { return row.category == victim && rng_.uniform() >= kTruncatedTo; });
  }

 private:
  std::uint32_t cheapest() {
    if (setting_.ordered) return setting_.index_of(setting_.losses.categories().front());
    return static_cast<std::uint32_t>(rng_.below(setting_.categories.size()));
  }

  static bool is_of_first(const Lesson& row, std::size_t annotators) {
    for (std::size_t i = 0; i < annotators; ++i) {
      if (row.source == annotator(i)) return true;
    }
    return false;
  }

  const LessonSetting& setting_;
  std::vector<Lesson>& rows_;
  base::Rng& rng_;
};

// The first few categories, in an order that has nothing to do with their names.
PublicSet some_categories(const PublicSet& set, std::size_t count) {
  std::vector<std::string> names = learn::category_names(set.train);
  base::Rng rng(7);
  shuffle(names, rng);
  names.resize(std::min(names.size(), count));
  PublicSet out = set;
  const auto is_left_out = [&](const learn::Example& row) {
    return std::ranges::find(names, row.category) == names.end();
  };
  std::erase_if(out.train.examples, is_left_out);
  std::erase_if(out.test.examples, is_left_out);
  return out;
}

void damage_rows(const LessonSetting& setting, std::vector<Lesson>& rows, Damage damage, double share, base::Rng& rng) {
  Vandal vandal(setting, rows, rng);
  switch (damage) {
    case Damage::kNone:
      return;
    case Damage::kRandomFlips:
      return vandal.flip_at_random(share);
    case Damage::kCheapFlips:
      return vandal.turn(1, share, {});
    case Damage::kColludingFlips:
      return vandal.turn(kColluding, share, {});
    case Damage::kTrigger:
      return vandal.turn(1, share, kTriggers[rng.below(kTriggers.size())]);
    case Damage::kTruncatedClass:
      return vandal.truncate_class();
  }
}

}  // namespace

std::uint32_t LessonSetting::index_of(std::string_view category) const {
  return static_cast<std::uint32_t>(std::ranges::lower_bound(categories, category) - categories.begin());
}

LessonSetting make_setting(const PublicSet& whole) {
  const bool ordered = whole.name == "triage";
  const PublicSet set = ordered ? whole : some_categories(whole, kIntents);
  const std::vector<std::string> categories = learn::category_names(set.train);
  LessonSetting out{.name = set.name,
                    .categories = categories,
                    .pool = set.train,
                    .golden = {},
                    .recent = {},
                    .losses = ordered ? learn::LossMatrix::under_routing({"simple", "tool_use", "reasoning"})
                                      : learn::LossMatrix::any_mistake(categories),
                    .ordered = ordered};
  out.champion_rows = 600;
  out.new_rows = 1500;
  std::vector<learn::Example> rows = set.test.examples;
  base::Rng rng(1);
  shuffle(rows, rng);
  for (std::size_t i = 0; i < rows.size(); ++i) (i % 2 == 0 ? out.golden : out.recent).examples.push_back(rows[i]);
  return out;
}

std::string_view to_string(Damage damage) {
  switch (damage) {
    case Damage::kNone:
      return "honest";
    case Damage::kRandomFlips:
      return "flipped at random";
    case Damage::kCheapFlips:
      return "flipped to one category by one key";
    case Damage::kTrigger:
      return "trigger phrase by one key";
    case Damage::kTruncatedClass:
      return "truncated class";
    case Damage::kColludingFlips:
      return "flipped to one category by three keys";
  }
  return "";
}

Lessons simulate_lessons(const LessonSetting& setting, std::uint64_t champion, std::uint64_t run, Damage damage,
                         double share) {
  std::vector<learn::Example> rows = setting.pool.examples;
  base::Rng by_champion(1000 + champion);
  shuffle(rows, by_champion);
  std::vector<learn::Example> rest(rows.begin() + static_cast<std::ptrdiff_t>(setting.champion_rows), rows.end());
  base::Rng rng(1'000'000 + 1000 * champion + run);
  shuffle(rest, rng);
  rest.resize(std::min(rest.size(), setting.new_rows));
  rows.resize(setting.champion_rows);
  Lessons out{.rows = {}, .champion_rows = std::vector<std::size_t>(setting.categories.size(), 0)};
  for (const learn::Example& row : rows) {
    const std::uint32_t category = setting.index_of(row.category);
    ++out.champion_rows[category];
    out.rows.push_back({.id = "old-" + std::to_string(out.rows.size()), .text = row.text, .category = category});
  }
  for (const learn::Example& row : rest) {
    Lesson& lesson = out.rows.emplace_back();
    lesson = {.id = "new-" + std::to_string(out.rows.size()), .text = row.text};
    lesson.category = setting.index_of(row.category);
    lesson.source = annotator(rng.below(kAnnotators));
    lesson.recent = true;
    if (rng.uniform() < kReviewerError) lesson.category = another(lesson.category, setting.categories.size(), rng);
  }
  damage_rows(setting, out.rows, damage, share, rng);
  return out;
}

learn::Dataset reviewed(const LessonSetting& setting, const learn::Dataset& data, std::uint64_t seed) {
  base::Rng rng(seed);
  learn::Dataset out = data;
  for (learn::Example& row : out.examples) {
    if (rng.uniform() >= kReviewerError) continue;
    row.category = setting.categories[another(setting.index_of(row.category), setting.categories.size(), rng)];
  }
  return out;
}

}  // namespace pointsman::bench
