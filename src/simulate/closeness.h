// How close texts are to categories, and categories to each other, judged by their words.
//
// Each category is the sum of its texts' TF-IDF vectors (words and pairs of neighbours; term frequency 1 + ln n,
// inverse document frequency ln(N / n), length 1: Salton & Buckley 1988), and closeness is the cosine. Cheap and crude,
// which is enough to say what a language model would confuse with what. Immutable once made; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "simulate/gold.h"

namespace pointsman::simulate {

class Closeness {
 public:
  static constexpr std::size_t kNoOwner = SIZE_MAX;

  // Row i belongs to category owners[i], which is below `categories`.
  Closeness(std::span<const GoldRow> rows, std::span<const std::uint32_t> owners, std::size_t categories);

  // Of the text with each category, 0 to 1. If the text is one of `owner`'s rows, that category is taken without it.
  std::vector<float> of(std::string_view text, std::size_t owner = kNoOwner) const;
  float between(std::size_t a, std::size_t b) const { return between_[a * norms_.size() + b]; }

 private:
  struct Term {
    std::uint32_t id;
    float weight;
  };
  struct Posting {
    std::uint32_t category;
    float weight;
  };

  std::vector<Term> vector_of(std::string_view text) const;
  void compare_categories();

  std::unordered_map<std::uint64_t, std::uint32_t> ids_;
  std::vector<float> idf_;
  std::vector<std::vector<Posting>> postings_;  // of each term
  std::vector<float> norms_;                    // of each category's sum
  std::vector<float> between_;
};

}  // namespace pointsman::simulate
