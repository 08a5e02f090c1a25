#include "classify/reasons.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <unordered_map>

#include "classify/row_sum.h"
#include "classify/weighted_features.h"

namespace pointsman::classify {

using base::Result;

namespace {

// What the cosine of two texts' vectors counts beside that of their words. `./dev bench encoder --section near`
// measures what comes of it; of 0.3 to 0.9 this found the right category most often, BANKING77 and CLINC150 together.
constexpr float kMeaning = 0.6F;

std::size_t largest(std::span<const float> values) {
  return static_cast<std::size_t>(std::ranges::max_element(values) - values.begin());
}

std::size_t second_largest(std::span<const float> values, std::size_t first) {
  std::size_t second = first;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i != first && (second == first || values[i] > values[second])) second = i;
  }
  return second;
}

// The share that softmax(scores / temperature) gives the largest.
float largest_share(std::span<const float> scores, float temperature) {
  const float top = *std::ranges::max_element(scores);
  float sum = 0;
  for (const float score : scores) sum += std::exp((score - top) / temperature);
  return 1 / sum;
}

void strongest_first(std::vector<Contribution>& contributions) {
  std::ranges::sort(contributions, [](const Contribution& a, const Contribution& b) {
    const float left = std::fabs(a.log_odds);
    const float right = std::fabs(b.log_odds);
    return left != right ? left > right : std::tie(a.kind, a.text) < std::tie(b.kind, b.text);
  });
}

// With the model's own rounding of values (linear_model.cc), so that the sum is the score.
void weigh_evidence(const ArtefactView& view, const Input& input, float per_score, Reasons& out) {
  std::vector<text::NamedFeature> named = text::name_features({input.text, input.context, input.tools});
  std::vector<text::Feature> features;
  features.reserve(named.size());
  for (const text::NamedFeature& one : named) features.push_back(one.feature);
  std::vector<WeightedFeature> weighted;
  weigh_features(view, features, weighted);
  const float unit = view.max_scale() / static_cast<float>(kMaxFactor);
  for (std::size_t i = 0; i < named.size(); ++i) {
    const std::uint32_t number = weighted[i].number;
    if (number == ArtefactView::kUnknown) {
      ++out.unknown_features;
      continue;
    }
    if (!(unit > 0)) continue;  // all weights are 0
    const float exact = weighted[i].value * (view.factors(number).scale / unit);
    const auto factor = std::min(static_cast<std::int32_t>(exact + 0.5F), kMaxFactor);
    const std::int8_t* const row = view.row(number);
    const std::int32_t difference = factor * (row[out.winner] - row[out.runner_up]);
    if (difference == 0) continue;
    out.features.push_back({named[i].kind, std::move(named[i].text), std::move(named[i].word),
                            static_cast<float>(difference) * unit * per_score});
  }
  strongest_first(out.features);
}

}  // namespace

std::vector<Contribution> with_letters_gathered(std::span<const Contribution> features) {
  std::vector<Contribution> out;
  std::unordered_map<std::string_view, std::size_t> of_word;
  for (const Contribution& one : features) {
    if (one.kind != text::FeatureKind::kGram) {
      out.push_back(one);
      continue;
    }
    const auto [at, is_new] = of_word.try_emplace(one.word, out.size());
    if (is_new) out.push_back({one.kind, one.word, one.word, 0});
    out[at->second].log_odds += one.log_odds;
  }
  strongest_first(out);
  return out;
}

namespace {

// Cosines of texts' mean token vectors with one text's; 0 for all where the artefact has no table.
class Meaning {
 public:
  Meaning(const ArtefactView& artefact, std::string_view text) : table_(artefact.table().get()) {
    if (table_ == nullptr) return;
    scratch_ = table_->make_scratch();
    own_ = vector_of(text);
  }
  bool known() const { return table_ != nullptr; }
  float cosine(std::string_view text) {
    const std::vector<float> other = vector_of(text);
    float sum = 0;
    for (std::size_t d = 0; d < other.size(); ++d) sum += own_[d] * other[d];
    return sum;
  }

 private:
  std::vector<float> vector_of(std::string_view text) {
    std::vector<float> out(table_->dimensions());
    table_->encode(std::span(&text, 1), *scratch_, out);
    return out;
  }

  const encode::StaticTable* table_;
  std::unique_ptr<encode::EncoderScratch> scratch_;
  std::vector<float> own_;
};

}  // namespace

std::vector<NearExample> nearest_examples(const ArtefactView& artefact, std::string_view text, std::size_t count) {
  std::vector<NearExample> best;
  if (count == 0) return best;
  text::FeatureExtractor extractor;
  std::vector<WeightedFeature> weighted;
  const auto weigh = [&](std::string_view one) {
    weigh_features(artefact, extractor.extract({one, {}, 0}), weighted);
    float square = 0;
    for (const WeightedFeature& feature : weighted) square += feature.value * feature.value;
    return std::sqrt(square);
  };
  Meaning meaning(artefact, text);
  const float length = weigh(text);
  std::unordered_map<std::uint32_t, float> values;
  values.reserve(weighted.size());
  for (const WeightedFeature& feature : weighted) values.emplace(feature.hash, feature.value);
  const std::vector<StoredExample> examples = artefact.examples();
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const float scale = length * weigh(examples[i].text);
    float dot = 0;
    for (const WeightedFeature& feature : weighted) {
      const auto found = values.find(feature.hash);
      if (found != values.end()) dot += feature.value * found->second;
    }
    float similarity = scale > 0 ? std::min(dot / scale, 1.0F) : 0;
    if (meaning.known()) {
      const float cosine = std::clamp(meaning.cosine(examples[i].text), 0.0F, 1.0F);
      similarity = kMeaning * cosine + (1 - kMeaning) * similarity;
    }
    if (!(similarity > 0)) continue;
    const NearExample near{i, examples[i].category, examples[i].text, similarity};
    if (best.size() == count && best.back().similarity >= near.similarity) continue;
    const auto place =
        std::ranges::find_if(best, [&](const NearExample& one) { return one.similarity < near.similarity; });
    best.insert(place, near);
    if (best.size() > count) best.pop_back();
  }
  return best;
}

Result<Reasons> reasons_for(const LinearModel& model, const Input& input, std::size_t nearest) {
  const ArtefactView& view = model.artefact();
  Reasons out;
  out.probabilities.resize(model.categories().size());
  const auto scratch = model.make_scratch();
  PM_TRY(out.inspection, model.inspect(input, *scratch, out.probabilities));
  const Inspection& seen = out.inspection;
  out.linear_winner = largest(seen.scores);
  const float stray = view.mix().stray;
  const float floor = stray / static_cast<float>(seen.scores.size());
  out.linear_probability = ((1 - stray) * largest_share(seen.scores, view.temperature()) + floor) * seen.in_scope;
  const bool asked = !seen.net_scores.empty();
  out.winner = largest(out.probabilities);
  out.runner_up = second_largest(out.probabilities, out.winner);
  const bool encoded = !seen.encoder_scores.empty();
  const float per_net = encoded ? view.second()->mix().net : view.mix().net;
  const float per_score = encoded ? view.second()->mix().linear : asked ? view.mix().linear : 1 / view.temperature();
  const auto gap = [&](const std::vector<float>& of) { return of[out.winner] - of[out.runner_up]; };
  out.prior = gap(view.bias()) * per_score;
  out.meaning = seen.dense_scores.empty() ? 0 : gap(seen.dense_scores) * per_score;
  out.network = asked ? gap(seen.net_scores) * per_net : 0;
  out.encoder = encoded ? gap(seen.encoder_scores) * view.second()->mix().encoder : 0;
  out.log_odds = gap(seen.scores) * per_score + out.network + out.encoder;
  weigh_evidence(view, input, per_score, out);
  out.nearest = nearest_examples(view, input.text, nearest);
  return out;
}

}  // namespace pointsman::classify
