// Hashed features of a text: what the linear classifier sees of it.
//
// Four blocks, each weighted and normalised on its own by the model: words (1- and 2-grams, pairs of nearby words,
// how the text opens and closes), characters (2- to 5-grams inside word boundaries, once per distinct word: typos and
// inflections), shape (length, numbers, punctuation, code, lists, options, tools) and context (words of the previous
// user message, in a hash space of their own). Only integer arithmetic: the same text gives the same features on every
// platform. A change of any feature must raise kFeatureVersion, because stored models depend on it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "text/tokens.h"

namespace pointsman::text {

inline constexpr std::uint32_t kFeatureVersion = 2;
inline constexpr std::size_t kBlocks = 4;
inline constexpr std::size_t kMaxFeatures = 1U << 16;
inline constexpr std::size_t kMaxContextBytes = 512;

enum class Block : std::uint8_t { kWords, kChars, kShape, kContext };

struct Feature {
  std::uint32_t hash = 0;  // bucket among 2^32
  std::uint16_t count = 0;
  Block block = Block::kWords;
};

struct Document {
  std::string_view text;
  std::string_view context;
  int tools = 0;
};

// Working memory of one thread. The features stay valid until the next extract().
class FeatureExtractor {
 public:
  // Distinct features in order of first appearance, at most kMaxFeatures.
  std::span<const Feature> extract(const Document& document);
  // The tokens of the text last extracted.
  const Tokens& tokens() const { return tokens_; }

 private:
  // A slot of the hash table: free unless its epoch is the present text's.
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t tag = 0;  // epoch above, index into features_ in the low kIndexBits bits
  };
  static constexpr std::uint32_t kIndexBits = 16;
  static_assert(kMaxFeatures <= std::size_t{1} << kIndexBits);

  void start(std::size_t expected);
  bool add(Block block, std::uint64_t hash);
  bool grow();
  void add_words(const Tokens& tokens);
  void add_word(std::size_t index, std::uint64_t hash);
  void add_char_grams(const Tokens& tokens, const Token& token);
  void add_shape(const Tokens& tokens, int tools);
  void add_punctuation(const Tokens& tokens);
  void add_shape_value(std::uint32_t which, std::uint64_t value);
  void add_context(const Tokens& tokens);

  Tokens tokens_;
  Tokens context_;
  std::vector<std::uint64_t> words_;  // hashes of the tokens that take part in word n-grams
  std::vector<Feature> features_;     // the first count_ are this text's
  std::size_t count_ = 0;
  std::vector<Slot> slots_;  // open addressing
  std::uint32_t epoch_ = 0;  // of this text
  std::size_t mask_ = 0;
};

// 1 + ln(count), by linear interpolation between powers of two so that every platform agrees.
float sublinear(std::uint16_t count);

}  // namespace pointsman::text
