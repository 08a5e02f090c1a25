// How a feature gets its hash: shared by what extracts features quickly (features.h) and what names them for people
// (feature_names.h). Only integer arithmetic; a change of anything here must raise kFeatureVersion.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "text/features.h"
#include "text/tokens.h"

namespace pointsman::text {

// Multiply-xorshift step (constants of SplitMix64, Steele et al. 2014).
constexpr std::uint64_t mix(std::uint64_t h, std::uint64_t value) {
  h = (h ^ value) * 0x9e3779b97f4a7c15ULL;
  return h ^ (h >> 32);
}

// Seeds that keep kinds of features apart within and across blocks.
enum Seed : std::uint64_t {
  kUnigram = 0x11,
  kBigram = 0x12,
  kPair = 0x13,
  kFirst = 0x14,
  kLast = 0x15,
  kNumberClass = 0x16,
  kOpening = 0x17,
  kGram = 0x21,
  kPunctuation = 0x31,
  kShapeValue = 0x32,
  kSymbolSeed = 0x33,
  kContextWord = 0x41,
};

inline constexpr std::size_t kMaxPairWords =
    40;                                     // longer texts have enough bigrams; pairs would only add noise and time
inline constexpr std::size_t kMaxGram = 5;  // characters
inline constexpr char32_t kEdge = U' ';
inline constexpr char32_t kDigitClass = U'0';

// The bucket of a feature.
constexpr std::uint32_t feature_bucket(Block block, std::uint64_t hash) {
  return static_cast<std::uint32_t>(mix(hash, static_cast<std::uint64_t>(block)) >> 16);
}

inline std::uint64_t hash_token(const Tokens& tokens, const Token& token) {
  std::uint64_t h = mix(kUnigram, static_cast<std::uint64_t>(token.kind));
  for (std::uint32_t i = token.begin; i < token.end; ++i) h = mix(h, tokens.chars[i]);
  return h;
}

// Numbers of the same length are one word in n-grams: "3 days" and "5 days" share a feature.
inline std::uint32_t number_digits(const Token& token) {
  return std::min<std::uint32_t>(token.end - token.begin, 5);
}
inline std::uint64_t number_class(const Token& token) {
  return mix(kNumberClass, number_digits(token));
}

inline bool is_word_like(TokenKind kind) {
  return kind == TokenKind::kWord || kind == TokenKind::kNumber || kind == TokenKind::kIdeograph;
}

// Words, and signs beyond ASCII: an emoji says as much as a word.
inline bool carries_meaning(const Tokens& tokens, const Token& token) {
  return is_word_like(token.kind) || (token.kind == TokenKind::kSymbol && tokens.chars[token.begin] >= 0x80);
}

// 0, 1, 2, 3, 4-5, 6-7, 8-11, ...: two buckets per power of two.
constexpr std::uint64_t bucket(std::uint64_t n) {
  if (n < 4) return n;
  const auto log = static_cast<std::uint64_t>(std::bit_width(n)) - 1;
  return 2 * log + ((n >> (log - 1)) & 1U);
}

// What is counted over the whole text. The numbers are part of the hash.
enum ShapeValue : std::uint32_t {
  kShapeQuestions = 1,
  kShapeSentences = 2,
  kShapeNumbers = 3,
  kShapeEnd = 4,
  kShapeWords = 16,
  kShapeNewlines = 17,
  kShapeFences = 18,
  kShapeListItems = 19,
  kShapeOptions = 20,
  kShapeIndented = 21,
  kShapeCodeEnds = 22,
  kShapeCapitals = 23,
  kShapeNonAscii = 24,
  kShapeTools = 25,
  kShapeBroken = 26,
};

}  // namespace pointsman::text
