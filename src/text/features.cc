#include "text/features.h"

#include <algorithm>
#include <array>
#include <bit>

#include "text/feature_hash.h"

namespace pointsman::text {

float sublinear(std::uint16_t count) {
  if (count <= 1) return 1.0F;
  const int log = std::bit_width(count) - 1;
  const float fraction = static_cast<float>(count) / static_cast<float>(1U << log) - 1.0F;
  return 1.0F + 0.6931472F * (static_cast<float>(log) + fraction);
}

void FeatureExtractor::start(std::size_t expected) {
  count_ = 0;
  words_.clear();
  const std::size_t wanted = std::bit_ceil(std::clamp<std::size_t>(expected * 2, 1024, 2 * kMaxFeatures));
  if (slots_.size() < wanted) slots_.resize(wanted);
  mask_ = wanted - 1;
  if (++epoch_ == 1U << (32 - kIndexBits)) {  // the oldest slots would look like this text's
    std::ranges::fill(slots_, Slot{});
    epoch_ = 1;
  }
}

// Room for more features, or false when there are kMaxFeatures.
bool FeatureExtractor::grow() {
  if (count_ == kMaxFeatures) return false;
  features_.resize(std::clamp<std::size_t>(2 * count_, 1024, kMaxFeatures));
  return true;
}

// True if the feature is new to this text. Inlined: a text has hundreds, most from one loop.
[[gnu::always_inline]] inline bool FeatureExtractor::add(Block block, std::uint64_t hash) {
  const auto bits = feature_bucket(block, hash);
  for (std::size_t at = bits & mask_;; at = (at + 1) & mask_) {
    Slot& slot = slots_[at];
    if (slot.tag >> kIndexBits != epoch_) {
      if (count_ == features_.size() && !grow()) return false;
      slot = {bits, epoch_ << kIndexBits | static_cast<std::uint32_t>(count_)};
      features_[count_++] = {bits, 1, block};
      return true;
    }
    if (slot.hash != bits) continue;
    Feature& feature = features_[slot.tag & ((1U << kIndexBits) - 1)];
    if (feature.count < 0xFFFF) ++feature.count;
    return false;
  }
}

std::span<const Feature> FeatureExtractor::extract(const Document& document) {
  tokenize(document.text, tokens_);
  tokenize(document.context, context_, kMaxContextBytes);
  start(6 * (tokens_.chars.size() + context_.chars.size()) + 6 * tokens_.tokens.size() + 64);
  add_words(tokens_);
  add_shape(tokens_, document.tools);
  add_context(context_);
  return std::span(features_).first(count_);
}

void FeatureExtractor::add_words(const Tokens& tokens) {
  for (const Token& token : tokens.tokens) {
    if (!carries_meaning(tokens, token)) continue;
    const std::uint64_t literal = hash_token(tokens, token);
    const bool is_new = add(Block::kWords, literal);
    const bool is_number = token.kind == TokenKind::kNumber;
    words_.push_back(is_number ? number_class(token) : literal);
    if (is_number) add(Block::kWords, words_.back());
    if (is_new && token.kind == TokenKind::kWord) add_char_grams(tokens, token);
    add_word(words_.size() - 1, words_.back());
  }
  if (words_.empty()) return;
  add(Block::kWords, mix(kFirst, words_.front()));
  add(Block::kWords, mix(kLast, words_.back()));
  if (words_.size() > 1) add(Block::kWords, mix(mix(kOpening, words_[0]), words_[1]));
}

// The 2-gram ending at `index`, and its unordered pairs with the words two and three before it.
void FeatureExtractor::add_word(std::size_t index, std::uint64_t hash) {
  if (index >= 1) add(Block::kWords, mix(mix(kBigram, words_[index - 1]), hash));
  if (index >= kMaxPairWords) return;
  for (std::size_t back = 2; back <= 3 && back <= index; ++back) {
    const auto [low, high] = std::minmax(words_[index - back], hash);
    add(Block::kWords, mix(mix(kPair, low), high));
  }
}

void FeatureExtractor::add_char_grams(const Tokens& tokens, const Token& token) {
  const std::size_t length = token.end - token.begin + 2;
  const auto at = [&](std::size_t i) { return i == 0 || i + 1 == length ? kEdge : tokens.chars[token.begin + i - 1]; };
  for (std::size_t begin = 0; begin + 1 < length; ++begin) {
    std::uint64_t h = mix(kGram, at(begin));
    const std::size_t end = std::min(begin + kMaxGram, length);
    for (std::size_t i = begin + 1; i < end; ++i) {
      h = mix(h, at(i));
      add(Block::kChars, h);
    }
  }
}

void FeatureExtractor::add_shape_value(std::uint32_t which, std::uint64_t value) {
  add(Block::kShape, mix(mix(kShapeValue, which), value));
}

// Which punctuation and symbols occur, and how the text ends.
void FeatureExtractor::add_punctuation(const Tokens& tokens) {
  std::uint32_t questions = 0;
  std::uint32_t sentences = 0;
  std::uint32_t numbers = 0;
  for (const Token& token : tokens.tokens) {
    const char32_t c = tokens.chars[token.begin];
    if (token.kind == TokenKind::kNumber) ++numbers;
    if (token.kind == TokenKind::kPunctuation) {
      add(Block::kShape, mix(kPunctuation, c));
      questions += c == U'?' || c == 0x061F ? 1U : 0U;
      sentences += c == U'.' || c == U'?' || c == U'!' || c == 0x3002 ? 1U : 0U;
    }
    if (token.kind == TokenKind::kSymbol) add(Block::kShape, mix(kSymbolSeed, c));
  }
  add_shape_value(kShapeQuestions, bucket(questions));
  add_shape_value(kShapeSentences, bucket(sentences));
  add_shape_value(kShapeNumbers, bucket(numbers));
  if (tokens.tokens.empty()) return;
  const Token& last = tokens.tokens.back();
  const bool word = is_word_like(last.kind);
  add_shape_value(kShapeEnd, word ? kDigitClass : tokens.chars[last.begin]);
}

void FeatureExtractor::add_shape(const Tokens& tokens, int tools) {
  add_punctuation(tokens);
  const Shape& shape = tokens.shape;
  const std::array<std::uint64_t, 11> values{
      bucket(words_.size()),
      bucket(shape.newlines),
      std::min<std::uint64_t>(shape.fences, 2),
      bucket(shape.list_items),
      bucket(shape.options),
      bucket(shape.indented),
      bucket(shape.code_ends),
      shape.letters == 0 ? 9U : 8U * shape.upper / shape.letters,
      shape.non_ascii == 0 ? 0U : 1U + 4U * shape.non_ascii / (shape.non_ascii + shape.letters),
      bucket(static_cast<std::uint64_t>(std::max(tools, 0))),
      shape.broken > 0 ? 1U : 0U,
  };
  for (std::uint32_t i = 0; i < values.size(); ++i) add_shape_value(kShapeWords + i, values[i]);
}

void FeatureExtractor::add_context(const Tokens& tokens) {
  for (const Token& token : tokens.tokens) {
    if (!is_word_like(token.kind)) continue;
    const std::uint64_t hash = token.kind == TokenKind::kNumber ? number_class(token) : hash_token(tokens, token);
    add(Block::kContext, mix(kContextWord, hash));
  }
}

}  // namespace pointsman::text
