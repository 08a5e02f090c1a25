#include "consult/few_shot.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

namespace pointsman::consult {
namespace {

constexpr std::size_t kLeastWords = 3;
constexpr std::size_t kTextsOfACategory = 16;

std::size_t count_words(std::string_view text) {
  std::size_t words = 0;
  bool inside = false;
  for (const char c : text) {
    const bool space = static_cast<unsigned char>(c) <= ' ';
    words += !space && !inside ? 1 : 0;
    inside = !space;
  }
  return words;
}

// Smaller is better: enough words and short, else as long as possible.
std::tuple<bool, std::size_t> example_rank(std::string_view text) {
  const bool too_few = count_words(text) < kLeastWords;
  return {too_few, too_few ? ~text.size() : text.size()};
}

// Of each category the place of its best example.
std::map<int, std::size_t> best_of_each(std::span<const LabelledText> texts, std::size_t max_bytes) {
  std::map<int, std::size_t> best;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].text.size() > max_bytes || count_words(texts[i].text) == 0) continue;
    const auto [place, fresh] = best.try_emplace(texts[i].category, i);
    if (!fresh && example_rank(texts[i].text) < example_rank(texts[place->second].text)) place->second = i;
  }
  return best;
}

void order_by_weight(std::vector<ConfusedPair>& pairs) {
  std::ranges::sort(pairs, {}, [](const ConfusedPair& pair) { return std::tuple(-pair.weight, pair.a, pair.b); });
}

// Both directions of a pair as one; the most confused first.
std::vector<ConfusedPair> merged(std::span<const ConfusedPair> pairs) {
  std::map<std::pair<int, int>, double> weights;
  for (const ConfusedPair& pair : pairs) {
    if (pair.a != pair.b && pair.weight > 0) weights[std::minmax(pair.a, pair.b)] += pair.weight;
  }
  std::vector<ConfusedPair> out;
  out.reserve(weights.size());
  for (const auto& [sides, weight] : weights) out.push_back({sides.first, sides.second, weight});
  order_by_weight(out);
  return out;
}

bool is_offered(std::span<const int> offered, int category) {
  return offered.empty() || std::ranges::find(offered, category) != offered.end();
}

// At most kTextsOfACategory places of each category, evenly spread over its texts.
std::map<int, std::vector<std::size_t>> some_of_each(std::span<const LabelledText> texts) {
  std::map<int, std::vector<std::size_t>> all;
  for (std::size_t i = 0; i < texts.size(); ++i) all[texts[i].category].push_back(i);
  for (auto& [category, places] : all) {
    const std::size_t number = std::min(places.size(), kTextsOfACategory);
    for (std::size_t k = 0; k < number; ++k) places[k] = places[k * places.size() / number];
    places.resize(number);
  }
  return all;
}

// The mean over the texts of both sides of how alike the most alike text of the other side is.
double likeness(const std::vector<std::size_t>& a, const std::vector<std::size_t>& b, const Similarity& similarity) {
  std::vector<double> best_b(b.size(), 0);
  double sum = 0;
  for (const std::size_t i : a) {
    double best_a = 0;
    for (std::size_t k = 0; k < b.size(); ++k) {
      const double alike = similarity(i, b[k]);
      best_a = std::max(best_a, alike);
      best_b[k] = std::max(best_b[k], alike);
    }
    sum += best_a;
  }
  for (const double alike : best_b) sum += alike;
  return sum / static_cast<double>(a.size() + b.size());
}

}  // namespace

std::vector<std::size_t> fixed_examples(std::span<const LabelledText> texts, std::span<const ConfusedPair> pairs,
                                        const ExampleChoice& choice) {
  const std::map<int, std::size_t> best = best_of_each(texts, choice.max_bytes);
  std::vector<std::vector<std::size_t>> steps;  // what each pair adds
  std::vector<int> covered;
  std::size_t number = 0;
  for (const ConfusedPair& pair : merged(pairs)) {
    if (!best.contains(pair.a) || !best.contains(pair.b)) continue;
    std::vector<int> fresh;
    for (const int side : {pair.a, pair.b}) {
      if (std::ranges::find(covered, side) == covered.end()) fresh.push_back(side);
    }
    if (fresh.empty() || number + fresh.size() > choice.count) continue;
    number += fresh.size();
    steps.emplace_back();
    for (const int side : fresh) {
      covered.push_back(side);
      steps.back().push_back(best.at(side));
    }
  }
  std::vector<std::size_t> out;
  std::for_each(steps.rbegin(), steps.rend(),
                [&out](const auto& step) { out.insert(out.end(), step.begin(), step.end()); });
  return out;
}

std::vector<ConfusedPair> similar_pairs(std::span<const LabelledText> texts, const Similarity& similarity,
                                        std::size_t limit) {
  const auto places = some_of_each(texts);
  std::vector<ConfusedPair> out;
  for (auto a = places.begin(); a != places.end(); ++a) {
    for (auto b = std::next(a); b != places.end(); ++b) {
      out.push_back({a->first, b->first, likeness(a->second, b->second, similarity)});
    }
  }
  order_by_weight(out);
  out.resize(std::min(out.size(), limit));
  return out;
}

std::vector<std::size_t> nearest_examples(std::span<const LabelledText> texts, std::span<const int> offered,
                                          const std::function<double(std::size_t)>& similarity,
                                          const ExampleChoice& choice) {
  struct Near {
    double alike = 0;
    std::size_t place = 0;
  };
  std::map<int, Near> best;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].text.size() > choice.max_bytes || !is_offered(offered, texts[i].category)) continue;
    const double alike = similarity(i);
    const auto [near, fresh] = best.try_emplace(texts[i].category, Near{alike, i});
    if (!fresh && alike > near->second.alike) near->second = {alike, i};
  }
  std::vector<Near> order;
  order.reserve(best.size());
  for (const auto& [category, near] : best) order.push_back(near);
  std::ranges::sort(order, {}, [](const Near& near) { return std::tuple(-near.alike, near.place); });
  order.resize(std::min(order.size(), choice.count));
  std::vector<std::size_t> out;
  std::for_each(order.rbegin(), order.rend(), [&out](const Near& near) { out.push_back(near.place); });
  return out;
}

std::vector<llm::LabelExample> as_examples(std::span<const LabelledText> texts, std::span<const std::size_t> chosen,
                                           std::span<const int> offered, const LabelSet& labels) {
  std::vector<llm::LabelExample> out;
  for (const std::size_t place : chosen) {
    const LabelledText& text = texts[place];
    if (is_offered(offered, text.category)) out.push_back({std::string(text.text), labels.label(text.category)});
  }
  return out;
}

}  // namespace pointsman::consult
