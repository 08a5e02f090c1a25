// Texts as sparse vectors of their words, word pairs and shape: for questions of topic, where whole words carry nearly
// all there is to know and character n-grams only make fits ten times slower.
//
// Learnt from one set of texts (vocabulary and inverse document frequencies), used for any. Values are computed as
// sparse.h computes them: (1 + ln count) x idf, each block scaled to its weight, unknown features counting towards the
// length. Immutable; vector_of may run concurrently with an extractor for each thread.
#pragma once

#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "learn/sparse.h"
#include "text/features.h"

namespace pointsman::learn {

struct TextSpaceOptions {
  BlockWeights block_weight{1.0F, 0.0F, 0.25F, 0.0F};  // blocks of weight 0 are left out
  std::uint32_t min_count = 2;                         // texts a feature must occur in
};

class TextSpace {
 public:
  static TextSpace fit(std::span<const std::string_view> texts, const TextSpaceOptions& options = {});

  std::size_t features() const { return known_.size(); }
  // Sorted by feature. Replaces what `out` held.
  void vector_of(text::FeatureExtractor& extractor, std::string_view text, std::vector<Entry>& out) const;
  SparseRows rows_of(std::span<const std::string_view> texts) const;

 private:
  struct Known {
    std::uint32_t number = 0;
    float idf = 0;
  };
  std::unordered_map<std::uint32_t, Known> known_;  // by hash
  BlockWeights block_weight_{};
  float unknown_idf_ = 0;
};

}  // namespace pointsman::learn
