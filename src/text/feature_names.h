// The same features as FeatureExtractor's, each with what it stands for, so that a decision can be explained.
//
// Slow by comparison and allocating: for explanations, not for requests. Pure, any thread. The names show folded text
// ("Cancel" is "cancel"); they may hold any character, so whoever prints them makes them printable first.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/features.h"

namespace pointsman::text {

enum class FeatureKind : std::uint8_t {
  kWord,     // "refund"
  kNumber,   // a number of so many digits: "2 digits"
  kBigram,   // two words in a row: "my refund"
  kPair,     // two words near each other, in any order: "refund … late"
  kFirst,    // the first word
  kLast,     // the last word
  kOpening,  // the first two words
  kGram,     // characters inside a word, "_" for its edges: "_ref"
  kSign,     // a punctuation mark or symbol
  kShape,    // something counted over the whole text: "question marks: 1"
  kContext,  // a word of the message before
};

std::string_view to_string(FeatureKind kind);

struct NamedFeature {
  Feature feature;
  FeatureKind kind = FeatureKind::kWord;
  std::string text;
  std::string word;  // kGram: the first word that has it
};

// In the order of FeatureExtractor::extract, with equal hashes, counts and blocks.
std::vector<NamedFeature> name_features(const Document& document);

}  // namespace pointsman::text
