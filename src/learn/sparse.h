// Sparse rows in compressed form, and turning examples into them.
//
// The vocabulary is every feature seen often enough, most frequent first, so that the rows of weights that are read
// most lie together. Values are computed as classify::LinearModel computes them.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "learn/dataset.h"
#include "text/features.h"

namespace pointsman::learn {

struct Entry {
  std::uint32_t feature = 0;
  float value = 0;
};

struct SparseRows {
  std::vector<std::size_t> begin{0};  // rows + 1 offsets into entries
  std::vector<Entry> entries;

  std::size_t size() const { return begin.size() - 1; }
  std::span<const Entry> row(std::size_t i) const { return {entries.data() + begin[i], begin[i + 1] - begin[i]}; }
};

using BlockWeights = std::array<float, text::kBlocks>;

struct Vocabulary {
  std::vector<std::uint32_t> hashes;
  std::vector<float> idf;
  std::vector<text::Block> block;
  float unknown_idf = 0;
};

struct VocabularyOptions {
  BlockWeights block_weight{1.0F, 1.0F, 0.15F, 0.25F};
  std::uint32_t min_word_count = 1;  // examples a word feature must occur in
  std::uint32_t min_char_count = 1;  // examples a character feature must occur in
  std::size_t max_features = 1U << 19;
  float idf_power = 0.6F;      // idf is raised to it: below 1, rare features count for less
  float unknown_share = 0.4F;  // of the rarest idf that an unknown feature adds to the length
};

struct Vectors {
  Vocabulary vocabulary;
  SparseRows rows;
};

// Takes the rows behind the first `count` off `rows`, and returns them.
SparseRows split_behind(SparseRows& rows, std::size_t count);

Vectors vectorize(const Dataset& data, const VocabularyOptions& options);

// Inner product of two rows whose entries are sorted by feature.
float dot(std::span<const Entry> a, std::span<const Entry> b);

}  // namespace pointsman::learn
