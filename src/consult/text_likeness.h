// How alike two texts are by their words and characters: for choosing examples where nothing better is at hand.
//
// The cosine of the hashed features the classifier reads (text/features.h: words and characters), each weighted by how
// often it stands in the text and how rare it is among the texts (tf-idf). Made once; const methods on any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/features.h"

namespace pointsman::consult {

class TextLikeness {
 public:
  explicit TextLikeness(std::span<const std::string_view> texts);

  // Of two of the texts, by their places: 0 to 1.
  double between(std::size_t a, std::size_t b) const { return dot(rows_[a], rows_[b]); }

  // A text that is compared with many of them.
  struct Query;
  Query query(std::string_view text, text::FeatureExtractor& extractor) const;
  double to(const Query& query, std::size_t place) const;

 private:
  struct Weight {
    std::uint32_t hash = 0;
    float value = 0;
  };
  using Row = std::vector<Weight>;  // ascending hashes, of length 1
  static double dot(const Row& a, const Row& b);
  static Row counts(std::string_view text, text::FeatureExtractor& extractor);
  void weigh(Row& row) const;

  std::unordered_map<std::uint32_t, std::uint32_t> texts_with_;
  std::vector<Row> rows_;
};

struct TextLikeness::Query {
 private:
  friend class TextLikeness;
  Row row_;
};

}  // namespace pointsman::consult
