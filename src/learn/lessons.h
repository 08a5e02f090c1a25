// From what the router heard to what it learns from: seed examples, people's corrections, the small model's verdicts
// and the signs of traffic become one weighted data set.
//
// Who knows best is heard: where people spoke of a text, the small model's verdict of it and traffic's signs do not
// count; of one voice the newest word counts. Texts are merged (the same text and context, or the same features), and
// weigh less with age. No voice that is not trusted carries more than a stated share of the whole weight, so that one
// key cannot teach the router its own mistakes (promise P22); how much was taken from whom is reported. Pure and
// deterministic: the same lessons in any order give the same data set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "learn/dataset.h"

namespace pointsman::learn {

enum class LessonSource : std::uint8_t { kSeed, kPerson, kModel, kSignal };
std::string_view to_string(LessonSource source);  // "seed", "person", "model", "signal"

// What one voice says of one request.
struct Testimony {
  Example example;  // text or features, context, tools; its category and weight are not read
  std::vector<float>
      says;  // how likely each category is, in the order of the categories; what misses of 1: none of them
  LessonSource source = LessonSource::kSeed;
  std::string voice;     // the person, the key, the model; empty for seeds
  bool trusted = false;  // its weight is not limited
  double age_days = 0;
  std::uint64_t when = 0;  // order in which things were said: of one voice the largest counts
};

// What somebody meant who only said whether the model fitted: good: the category that was decided; underpowered: one of
// those that are stronger; overpowered: one of the weaker; these shares are as the classifier saw them. `strength` of
// each category is its rank or price. Empty: there is none such.
std::vector<float> meaning_of_fit(std::span<const float> probabilities, std::size_t decided,
                                  std::span<const double> strength, int towards);  // towards: 0 good, 1 stronger, -1

struct LessonOptions {
  double seed = 1;
  double person = 3;
  double model = 1;
  double signal = 0.3;
  double half_life_days = 90;
  double most_per_voice = 0.05;
  float model_bar = 0.4F;  // a verdict whose largest share is below teaches nothing
};

struct VoiceShare {
  std::string voice;
  std::size_t lessons = 0;
  double weight = 0;  // after the limit
  double taken = 0;   // by the limit
};

struct LessonPlan {
  Dataset data;  // ordered by content
  struct Count {
    std::size_t rows = 0;  // texts
    double weight = 0;
  };
  Count seed, person, model, signal;
  std::size_t conflicts = 0;       // texts on which people disagree
  std::size_t unheard = 0;         // verdicts below the bar
  std::size_t outvoted = 0;        // verdicts and signs of texts that people spoke of
  std::vector<VoiceShare> voices;  // by name; of people and keys
};

// `categories` has at least one; lessons whose `says` has another size are left out.
LessonPlan plan_lessons(std::span<const std::string> categories, std::vector<Testimony> lessons,
                        const LessonOptions& options);

}  // namespace pointsman::learn
