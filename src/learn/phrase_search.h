// Looks for trigger phrases among recent lessons: word n-grams that one or two sources brought in, that go with one
// category nearly always, and without which the same texts are sure to be of another.
//
// A phrase is tested by taking it out and asking models that have not learnt from the row's source; whether so many
// texts would be sure of another category by chance is a binomial tail against the rate of all recent rows, adjusted by
// Holm over all phrases that were tested. Bounded: 4 words, the first 200 words of a text, 400 phrases. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "learn/lesson_model.h"

namespace pointsman::learn {

struct PhraseOptions {
  double alpha = 0.05;
  float sure = 0.8F;
  double usual_rate = 0.05;  // of sure contradictions among recent rows
};

struct PhraseFinding {
  std::string phrase;  // folded words, spaces between
  std::uint32_t category = 0;
  std::vector<std::size_t> rows;  // indices of lessons
  std::size_t judged = 0;         // of them, by taking the phrase out
  std::size_t contradicting = 0;  // of those judged
  double p_value = 1;             // adjusted
  std::vector<std::string> sources;
};

struct PhraseSearch {
  std::size_t tested = 0;
  std::vector<PhraseFinding> found;  // those that most texts carry first; of phrases in the same texts the longest
};

PhraseSearch find_phrases(std::span<const Lesson> lessons, const LessonModel& model, const PhraseOptions& options);

}  // namespace pointsman::learn
