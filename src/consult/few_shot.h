// Which labelled texts to show a small model as examples: three to five, short, where the categories are confused.
//
// Pure and deterministic. Either one set for all questions, so that the prompt stays a prefix servers can keep, or the
// nearest ones for every text. The most important example stands last, where models heed it most.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "consult/labels.h"
#include "llm/label_call.h"

namespace pointsman::consult {

struct LabelledText {
  std::string_view text;
  int category = 0;
};

// Two categories, and how often one was taken for the other: counts, or anything that orders pairs.
struct ConfusedPair {
  int a = 0;
  int b = 0;
  double weight = 0;
};

struct ExampleChoice {
  std::size_t count = 4;
  std::size_t max_bytes = 240;  // of a text; longer ones are no examples
};

// How alike two texts are, by their places; larger is more alike.
using Similarity = std::function<double(std::size_t, std::size_t)>;

// Places of at most `choice.count` texts: for the most confused pairs one example of either side, each category once.
// A pair given in both directions counts as one. Of a category the shortest text of at least three words, else the
// longest of the shorter ones. The most confused pair stands last.
std::vector<std::size_t> fixed_examples(std::span<const LabelledText> texts, std::span<const ConfusedPair> pairs,
                                        const ExampleChoice& choice);

// Pairs of categories whose texts are alike, the most alike first, at most `limit`: for when nobody has counted
// confusions yet. Reads at most 16 texts of each category.
std::vector<ConfusedPair> similar_pairs(std::span<const LabelledText> texts, const Similarity& similarity,
                                        std::size_t limit);

// Places of the texts most like the one in question, one of each category on offer (none given: all), at most
// `choice.count`, the most similar last. `similarity` is that of a place to the text in question.
std::vector<std::size_t> nearest_examples(std::span<const LabelledText> texts, std::span<const int> offered,
                                          const std::function<double(std::size_t)>& similarity,
                                          const ExampleChoice& choice);

// The chosen texts whose category is on offer (none given: all), as examples.
std::vector<llm::LabelExample> as_examples(std::span<const LabelledText> texts, std::span<const std::size_t> chosen,
                                           std::span<const int> offered, const LabelSet& labels);

}  // namespace pointsman::consult
