#include "simulate/closeness.h"

#include <algorithm>
#include <cmath>

namespace pointsman::simulate {
namespace {

constexpr std::uint64_t kPairFactor = 0x9e3779b97f4a7c15ULL;

// A text's words and pairs of neighbours, sorted, each as often as it stands there.
std::vector<std::uint64_t> terms_of(std::string_view text) {
  std::vector<std::uint64_t> terms = words_of(text);
  const std::size_t words = terms.size();
  for (std::size_t i = 1; i < words; ++i) terms.push_back((terms[i - 1] * kPairFactor) ^ terms[i]);
  std::ranges::sort(terms);
  return terms;
}

template <class Each>
void for_each_run(const std::vector<std::uint64_t>& sorted, Each each) {
  for (std::size_t begin = 0; begin < sorted.size();) {
    std::size_t end = begin;
    while (end < sorted.size() && sorted[end] == sorted[begin]) ++end;
    each(sorted[begin], end - begin);
    begin = end;
  }
}

}  // namespace

Closeness::Closeness(std::span<const GoldRow> rows, std::span<const std::uint32_t> owners, std::size_t categories)
    : norms_(categories) {
  std::vector<std::uint32_t> documents;
  for (const GoldRow& row : rows) {
    for_each_run(terms_of(row.text), [&](std::uint64_t term, std::size_t) {
      const auto [found, added] = ids_.try_emplace(term, static_cast<std::uint32_t>(documents.size()));
      if (added) documents.push_back(0);
      ++documents[found->second];
    });
  }
  for (const std::uint32_t count : documents) {
    idf_.push_back(std::log(static_cast<float>(rows.size() + 1) / static_cast<float>(count)));
  }
  postings_.resize(documents.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (const Term& term : vector_of(rows[i].text)) {
      auto& list = postings_[term.id];
      const auto place = std::ranges::lower_bound(list, owners[i], {}, &Posting::category);
      if (place != list.end() && place->category == owners[i]) {
        place->weight += term.weight;
      } else {
        list.insert(place, {owners[i], term.weight});
      }
    }
  }
  compare_categories();
}

void Closeness::compare_categories() {
  const std::size_t n = norms_.size();
  between_.assign(n * n, 0);
  for (const auto& list : postings_) {
    for (const Posting& a : list) {
      for (const Posting& b : list) between_[a.category * n + b.category] += a.weight * b.weight;
    }
  }
  for (std::size_t i = 0; i < n; ++i) norms_[i] = std::sqrt(between_[i * n + i]);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      const float norm = norms_[i] * norms_[j];
      between_[i * n + j] = norm > 0 ? between_[i * n + j] / norm : 0;
    }
  }
}

std::vector<Closeness::Term> Closeness::vector_of(std::string_view text) const {
  std::vector<Term> out;
  float squares = 0;
  for_each_run(terms_of(text), [&](std::uint64_t term, std::size_t times) {
    const auto found = ids_.find(term);
    if (found == ids_.end()) return;
    const float weight = (1 + std::log(static_cast<float>(times))) * idf_[found->second];
    out.push_back({found->second, weight});
    squares += weight * weight;
  });
  if (squares <= 0) return {};
  for (Term& term : out) term.weight /= std::sqrt(squares);
  return out;
}

std::vector<float> Closeness::of(std::string_view text, std::size_t owner) const {
  std::vector<float> out(norms_.size(), 0);
  const std::vector<Term> terms = vector_of(text);
  for (const Term& term : terms) {
    for (const Posting& posting : postings_[term.id]) out[posting.category] += term.weight * posting.weight;
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    float norm = norms_[i];
    if (i == owner && !terms.empty()) {
      // |s - t|^2 = |s|^2 - 2 s.t + 1, for a text t of length 1 that is part of the sum s.
      norm = std::sqrt(std::max(norm * norm - 2 * out[i] + 1, 0.0F));
      out[i] -= 1;
    }
    // What is left of a sum that was this text alone is rounding.
    out[i] = norm > 1e-3F ? std::clamp(out[i] / norm, 0.0F, 1.0F) : 0;
  }
  return out;
}

}  // namespace pointsman::simulate
