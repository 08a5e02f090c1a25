#include "text/feature_names.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "text/feature_hash.h"

namespace pointsman::text {
namespace {

void append_utf8(std::string& out, char32_t c) {
  const auto byte = [&](char32_t value) { out += static_cast<char>(static_cast<unsigned char>(value)); };
  if (c < 0x80) return byte(c);
  if (c < 0x800) {
    byte(0xC0 | (c >> 6));
    return byte(0x80 | (c & 0x3F));
  }
  if (c < 0x10000) {
    byte(0xE0 | (c >> 12));
  } else {
    byte(0xF0 | (c >> 18));
    byte(0x80 | ((c >> 12) & 0x3F));
  }
  byte(0x80 | ((c >> 6) & 0x3F));
  byte(0x80 | (c & 0x3F));
}

std::string spell(const Tokens& tokens, std::uint32_t begin, std::uint32_t end) {
  std::string out;
  for (std::uint32_t i = begin; i < end; ++i) append_utf8(out, tokens.chars[i]);
  return out;
}

std::string digits_name(const Token& token) {
  const std::uint32_t digits = number_digits(token);
  if (digits == 1) return "1 digit";
  return std::to_string(digits) + (digits == 5 ? " or more digits" : " digits");
}

// The range of numbers that share a bucket: "3", "4-5", "8-11".
std::string bucket_name(std::uint64_t n) {
  if (n < 4) return std::to_string(n);
  const auto log = static_cast<std::uint64_t>(std::bit_width(n)) - 1;
  const std::uint64_t half = std::uint64_t{1} << (log - 1);
  const std::uint64_t low = (n / half) * half;
  return std::to_string(low) + "-" + std::to_string(low + half - 1);
}

struct Word {
  std::uint64_t hash = 0;
  std::string text;
};

// The walk of FeatureExtractor, step by step; a test holds the two together.
class Namer {
 public:
  std::vector<NamedFeature> run(const Document& document) {
    tokenize(document.text, tokens_);
    tokenize(document.context, context_, kMaxContextBytes);
    add_words();
    add_signs();
    add_counts(document.tools);
    add_context();
    return std::move(out_);
  }

 private:
  bool add(Block block, std::uint64_t hash, FeatureKind kind, std::string text, std::string_view word = {}) {
    const std::uint32_t bits = feature_bucket(block, hash);
    const auto known = at_.find(bits);
    if (known != at_.end()) {
      Feature& feature = out_[known->second].feature;
      if (feature.count < 0xFFFF) ++feature.count;
      return false;
    }
    if (out_.size() == kMaxFeatures) return false;
    at_.emplace(bits, out_.size());
    out_.push_back({{bits, 1, block}, kind, std::move(text), std::string(word)});
    return true;
  }

  void add_words() {
    for (const Token& token : tokens_.tokens) {
      if (!carries_meaning(tokens_, token)) continue;
      const std::uint64_t literal = hash_token(tokens_, token);
      std::string text = spell(tokens_, token.begin, token.end);
      const bool is_new = add(Block::kWords, literal, FeatureKind::kWord, text);
      const bool is_number = token.kind == TokenKind::kNumber;
      if (is_number) {
        words_.push_back({number_class(token), digits_name(token)});
        add(Block::kWords, words_.back().hash, FeatureKind::kNumber, words_.back().text);
      } else {
        words_.push_back({literal, text});
      }
      if (is_new && token.kind == TokenKind::kWord) add_char_grams(token, text);
      add_word(words_.size() - 1);
    }
    if (words_.empty()) return;
    add(Block::kWords, mix(kFirst, words_.front().hash), FeatureKind::kFirst, words_.front().text);
    add(Block::kWords, mix(kLast, words_.back().hash), FeatureKind::kLast, words_.back().text);
    if (words_.size() < 2) return;
    add(Block::kWords, mix(mix(kOpening, words_[0].hash), words_[1].hash), FeatureKind::kOpening,
        words_[0].text + " " + words_[1].text);
  }

  void add_word(std::size_t index) {
    const Word& word = words_[index];
    if (index >= 1) {
      const Word& before = words_[index - 1];
      add(Block::kWords, mix(mix(kBigram, before.hash), word.hash), FeatureKind::kBigram,
          before.text + " " + word.text);
    }
    if (index >= kMaxPairWords) return;
    for (std::size_t back = 2; back <= 3 && back <= index; ++back) {
      const Word& before = words_[index - back];
      const auto [low, high] = std::minmax(before.hash, word.hash);
      add(Block::kWords, mix(mix(kPair, low), high), FeatureKind::kPair, before.text + " … " + word.text);
    }
  }

  void add_char_grams(const Token& token, std::string_view word) {
    const std::size_t length = token.end - token.begin + 2;
    const auto at = [&](std::size_t i) {
      return i == 0 || i + 1 == length ? kEdge : tokens_.chars[token.begin + i - 1];
    };
    const auto show = [](char32_t c) { return c == kEdge ? U'_' : c; };
    for (std::size_t begin = 0; begin + 1 < length; ++begin) {
      std::uint64_t h = mix(kGram, at(begin));
      std::string text;
      append_utf8(text, show(at(begin)));
      const std::size_t end = std::min(begin + kMaxGram, length);
      for (std::size_t i = begin + 1; i < end; ++i) {
        h = mix(h, at(i));
        append_utf8(text, show(at(i)));
        add(Block::kChars, h, FeatureKind::kGram, text, word);
      }
    }
  }

  void add_shape(ShapeValue which, std::uint64_t value, std::string text) {
    add(Block::kShape, mix(mix(kShapeValue, which), value), FeatureKind::kShape, std::move(text));
  }
  void add_count(ShapeValue which, std::string_view what, std::uint64_t n) {
    add_shape(which, bucket(n), std::string(what) + ": " + bucket_name(n));
  }

  void add_signs() {
    std::uint32_t questions = 0;
    std::uint32_t sentences = 0;
    std::uint32_t numbers = 0;
    for (const Token& token : tokens_.tokens) {
      const char32_t c = tokens_.chars[token.begin];
      if (token.kind == TokenKind::kNumber) ++numbers;
      if (token.kind == TokenKind::kPunctuation) {
        add(Block::kShape, mix(kPunctuation, c), FeatureKind::kSign, spell(tokens_, token.begin, token.begin + 1));
        questions += c == U'?' || c == 0x061F ? 1U : 0U;
        sentences += c == U'.' || c == U'?' || c == U'!' || c == 0x3002 ? 1U : 0U;
      }
      if (token.kind == TokenKind::kSymbol) {
        add(Block::kShape, mix(kSymbolSeed, c), FeatureKind::kSign, spell(tokens_, token.begin, token.begin + 1));
      }
    }
    add_count(kShapeQuestions, "question marks", questions);
    add_count(kShapeSentences, "ends of sentences", sentences);
    add_count(kShapeNumbers, "numbers", numbers);
    if (tokens_.tokens.empty()) return;
    const Token& last = tokens_.tokens.back();
    const bool word = is_word_like(last.kind);
    add_shape(kShapeEnd, word ? kDigitClass : tokens_.chars[last.begin],
              word ? "ends with a word" : "ends with " + spell(tokens_, last.begin, last.begin + 1));
  }

  void add_counts(int tools) {
    const Shape& shape = tokens_.shape;
    add_count(kShapeWords, "words", words_.size());
    add_count(kShapeNewlines, "line breaks", shape.newlines);
    const std::uint64_t fences = std::min<std::uint64_t>(shape.fences, 2);
    add_shape(kShapeFences, fences, "code fences: " + std::to_string(fences) + (fences == 2 ? " or more" : ""));
    add_count(kShapeListItems, "list items", shape.list_items);
    add_count(kShapeOptions, "answer options", shape.options);
    add_count(kShapeIndented, "indented lines", shape.indented);
    add_count(kShapeCodeEnds, "lines ending like code", shape.code_ends);
    const std::uint64_t capitals = shape.letters == 0 ? 9U : 8U * shape.upper / shape.letters;
    add_shape(kShapeCapitals, capitals,
              shape.letters == 0 ? "no Latin letters" : "capitals: " + std::to_string(capitals) + " of 8 letters");
    const std::uint64_t other =
        shape.non_ascii == 0 ? 0U : 1U + 4U * shape.non_ascii / (shape.non_ascii + shape.letters);
    add_shape(kShapeNonAscii, other,
              other == 0 ? "only ASCII" : "beyond ASCII: " + std::to_string(other - 1) + " of 4 letters");
    add_count(kShapeTools, "tools offered", static_cast<std::uint64_t>(std::max(tools, 0)));
    add_shape(kShapeBroken, shape.broken > 0 ? 1U : 0U, shape.broken > 0 ? "broken UTF-8" : "valid UTF-8");
  }

  void add_context() {
    for (const Token& token : context_.tokens) {
      if (!is_word_like(token.kind)) continue;
      const bool is_number = token.kind == TokenKind::kNumber;
      const std::uint64_t hash = is_number ? number_class(token) : hash_token(context_, token);
      add(Block::kContext, mix(kContextWord, hash), FeatureKind::kContext,
          is_number ? digits_name(token) : spell(context_, token.begin, token.end));
    }
  }

  Tokens tokens_;
  Tokens context_;
  std::vector<Word> words_;
  std::unordered_map<std::uint32_t, std::size_t> at_;
  std::vector<NamedFeature> out_;
};

}  // namespace

std::string_view to_string(FeatureKind kind) {
  constexpr std::array<std::string_view, 11> kNames{
      "word", "number", "words in a row", "words near each other", "first word", "last word", "opening", "letters",
      "sign", "shape",  "context"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::vector<NamedFeature> name_features(const Document& document) {
  return Namer().run(document);
}

}  // namespace pointsman::text
