#include "learn/scope_fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "learn/outside_detector.h"
#include "learn/parallel.h"

namespace pointsman::learn {
namespace {

constexpr std::size_t kSigns = 5;  // largest score, unseen words, unseen characters, largest score of the encoder, its
                                   // ln odds against examples of no category
using Signs = std::array<double, kSigns>;
constexpr std::size_t kFewestRows = 20;  // of each kind, below which nothing is learned
constexpr double kPenalty = 1;
constexpr int kRounds = 40;

struct Gathered {
  std::vector<Signs> inside;
  std::vector<Signs> outside;
  std::vector<Signs> taught;  // outside, but the detector learnt from them: of no use to judge it by
};

// One training without some of the categories, and without one fold of the others.
class Round {
 public:
  Round(const Labelled& data, const Vocabulary& vocabulary, const BlockWeights& block_weight,
        const ScopeEncoder& encoder, std::span<const float> offsets)
      : data_(data),
        vocabulary_(vocabulary),
        block_weight_(block_weight),
        encoder_(encoder),
        offsets_(offsets),
        seen_(data.features, 0) {}

  Gathered run(const std::vector<bool>& left_out, const SparseRows& outside, const Folds& folds, int fold,
               std::size_t predictable, const ScopeOptions& options) {
    std::vector<std::uint32_t> use;
    for (std::uint32_t i = 0; i < data_.labels.size(); ++i) {
      if (left_out[data_.labels[i]] || folds.of[i] == fold) continue;
      use.push_back(i);
      for (const Entry& entry : data_.rows->row(i)) seen_[entry.feature] = 1;
    }
    SoftmaxFit fit(data_, use);
    fit.fit({.l2 = options.l2, .max_epochs = options.max_epochs, .tolerance = options.tolerance, .seed = options.seed});
    std::optional<SoftmaxFit> head;
    OutsideDetector detector;
    const auto taught = [&](std::size_t i) {
      return static_cast<int>(i % static_cast<std::size_t>(folds.count)) != fold;
    };
    if (encoder_.rows != nullptr) {
      detector =
          fit_outside(*encoder_.rows->rows, use, *encoder_.outside, taught, encoder_.rows->features, options.seed);
      head.emplace(*encoder_.rows, std::move(use));
      head->fit(
          {.l2 = encoder_.l2, .max_epochs = encoder_.max_epochs, .tolerance = options.tolerance, .seed = options.seed});
    }
    const auto signs = [&](const SparseRows& rows, const SparseRows* embeddings, std::size_t i) {
      Signs out = signs_of(fit, rows.row(i), left_out);
      if (!head) return out;
      out[3] = largest(*head, embeddings->row(i), left_out, {});
      out[4] = static_cast<double>(detector.score(embeddings->row(i)));
      return out;
    };
    const SparseRows* embeddings = encoder_.rows == nullptr ? nullptr : encoder_.rows->rows;
    Gathered out;
    for (std::size_t i = 0; i < predictable; ++i) {
      if (left_out[data_.labels[i]]) {
        out.outside.push_back(signs(*data_.rows, embeddings, i));
      } else if (folds.of[i] == fold) {
        out.inside.push_back(signs(*data_.rows, embeddings, i));
      }
    }
    for (std::size_t i = 0; i < outside.size(); ++i) {
      auto& part = detector.weights.empty() || !taught(i) ? out.outside : out.taught;
      part.push_back(signs(outside, encoder_.outside, i));
    }
    return out;
  }

 private:
  double largest(const SoftmaxFit& fit, std::span<const Entry> row, const std::vector<bool>& left_out,
                 std::span<const float> offsets) const {
    std::vector<float> scores(data_.categories);
    fit.scores(row, scores);
    float most = -1e30F;
    for (std::size_t c = 0; c < scores.size(); ++c) {
      if (!left_out[c]) most = std::max(most, scores[c] + (offsets.empty() ? 0.0F : offsets[c]));
    }
    return static_cast<double>(most);
  }

  Signs signs_of(const SoftmaxFit& fit, std::span<const Entry> row, const std::vector<bool>& left_out) const {
    BlockWeights known{};
    for (const Entry& entry : row) {
      // Behind the vocabulary stand the dimensions of an embedding.
      if (entry.feature < vocabulary_.block.size() && seen_[entry.feature] != 0) {
        known[static_cast<std::size_t>(vocabulary_.block[entry.feature])] += entry.value * entry.value;
      }
    }
    const auto unseen = [&](text::Block block) {
      const auto b = static_cast<std::size_t>(block);
      const float all = block_weight_[b] * block_weight_[b];
      return all > 0 ? std::clamp(1 - static_cast<double>(known[b] / all), 0.0, 1.0) : 0.0;
    };
    return {largest(fit, row, left_out, offsets_), unseen(text::Block::kWords), unseen(text::Block::kChars), 0, 0};
  }

  const Labelled& data_;
  const Vocabulary& vocabulary_;
  const BlockWeights& block_weight_;
  const ScopeEncoder& encoder_;
  std::span<const float> offsets_;
  std::vector<std::uint8_t> seen_;
};

struct Standard {
  Signs mean{};
  Signs deviation{};
};

Standard standard_of(const Gathered& rows) {
  Standard out;
  double n = 0;
  for (const auto* part : {&rows.inside, &rows.outside}) {
    const double weight = 1 / static_cast<double>(part->size());
    for (const Signs& row : *part) {
      for (std::size_t k = 0; k < kSigns; ++k) out.mean[k] += weight * row[k];
      n += weight;
    }
  }
  for (double& one : out.mean) one /= n;
  for (const auto* part : {&rows.inside, &rows.outside}) {
    const double weight = 1 / static_cast<double>(part->size());
    for (const Signs& row : *part) {
      for (std::size_t k = 0; k < kSigns; ++k) {
        out.deviation[k] += weight / n * (row[k] - out.mean[k]) * (row[k] - out.mean[k]);
      }
    }
  }
  for (double& one : out.deviation) one = one > 1e-12 ? std::sqrt(one) : 1;
  return out;
}

// Solves a x = b for a small symmetric positive definite matrix (Gaussian elimination without pivoting).
template <std::size_t N>
std::array<double, N> solve(std::array<std::array<double, N>, N> a, std::array<double, N> b) {
  for (std::size_t i = 0; i < N; ++i) {
    for (std::size_t j = i + 1; j < N; ++j) {
      const double factor = a[j][i] / a[i][i];
      for (std::size_t k = i; k < N; ++k) a[j][k] -= factor * a[i][k];
      b[j] -= factor * b[i];
    }
  }
  for (std::size_t i = N; i-- > 0;) {
    for (std::size_t k = i + 1; k < N; ++k) b[i] -= a[i][k] * b[k];
    b[i] /= a[i][i];
  }
  return b;
}

// Logistic regression by Newton's method; both kinds of row have the same total weight. The last coefficient is the
// bias. Signs that point the wrong way are held at zero: a text does not belong here because it is strange.
std::array<double, kSigns + 1> logistic(const Gathered& rows, const Standard& standard) {
  constexpr std::size_t kAll = kSigns + 1;
  std::array<double, kAll> at{};
  const double half = static_cast<double>(rows.inside.size() + rows.outside.size()) / 2;
  for (int round = 0; round < kRounds; ++round) {
    std::array<double, kAll> gradient{};
    std::array<std::array<double, kAll>, kAll> hessian{};
    for (std::size_t k = 0; k < kAll; ++k) {
      const double penalty = k < kSigns ? kPenalty : 1e-6;
      gradient[k] = penalty * at[k];
      hessian[k][k] = penalty;
    }
    for (const bool inside : {true, false}) {
      const auto& part = inside ? rows.inside : rows.outside;
      const double weight = half / static_cast<double>(part.size());
      for (const Signs& row : part) {
        std::array<double, kAll> x{};
        double odds = at[kSigns];
        for (std::size_t k = 0; k < kSigns; ++k) {
          x[k] = (row[k] - standard.mean[k]) / standard.deviation[k];
          odds += at[k] * x[k];
        }
        x[kSigns] = 1;
        const double p = 1 / (1 + std::exp(-odds));
        for (std::size_t k = 0; k < kAll; ++k) {
          gradient[k] += weight * (p - (inside ? 1 : 0)) * x[k];
          for (std::size_t l = 0; l < kAll; ++l) hessian[k][l] += weight * p * (1 - p) * x[k] * x[l];
        }
      }
    }
    const auto step = solve(hessian, gradient);
    for (std::size_t k = 0; k < kAll; ++k) at[k] -= std::clamp(step[k], -2.0, 2.0);
    at[0] = std::max(at[0], 0.0);
    at[1] = std::min(at[1], 0.0);
    at[2] = std::min(at[2], 0.0);
    at[3] = std::max(at[3], 0.0);
    at[4] = std::max(at[4], 0.0);
  }
  return at;
}

using Weights = std::array<double, kSigns + 1>;  // the last is the bias

double odds_of(const Weights& weights, const Signs& row) {
  double odds = weights[kSigns];
  for (std::size_t k = 0; k < kSigns; ++k) odds += weights[k] * row[k];
  return odds;
}

// The judge in terms of the signs as they are, shifted to the expected share.
Weights judge_of(const Gathered& rows, double outside_share) {
  const Standard standard = standard_of(rows);
  const auto learned = logistic(rows, standard);
  Weights out{};
  out[kSigns] = learned[kSigns] + std::log((1 - outside_share) / outside_share);
  for (std::size_t k = 0; k < kSigns; ++k) {
    out[k] = learned[k] / standard.deviation[k];
    out[kSigns] -= out[k] * standard.mean[k];
  }
  return out;
}

double auroc_of(const Gathered& rows, const Weights& judge) {
  std::vector<double> high;
  std::vector<double> low;
  for (const Signs& row : rows.inside) high.push_back(odds_of(judge, row));
  for (const Signs& row : rows.outside) low.push_back(odds_of(judge, row));
  return area_under_roc(high, low);
}

Gathered without_encoder(Gathered rows) {
  rows.outside.insert(rows.outside.end(), rows.taught.begin(), rows.taught.end());
  for (auto* part : {&rows.inside, &rows.outside}) {
    for (Signs& row : *part) row[3] = row[4] = 0;
  }
  return rows;
}

Gathered gather(const Labelled& data, const Vocabulary& vocabulary, const BlockWeights& block_weight,
                const SparseRows& outside, const ScopeEncoder& encoder, const Folds& folds, std::size_t predictable,
                const ScopeOptions& options) {
  const auto parts = static_cast<std::size_t>(std::min<std::size_t>(5, data.categories));
  const int rounds = std::min(options.rounds, static_cast<int>(parts));
  std::vector<Gathered> gathered(static_cast<std::size_t>(rounds));
  in_parallel(rounds, options.threads, [&](int r) {
    std::vector<bool> left_out(data.categories);
    for (std::size_t c = 0; c < data.categories; ++c) left_out[c] = c % parts == static_cast<std::size_t>(r);
    gathered[static_cast<std::size_t>(r)] = Round(data, vocabulary, block_weight, encoder, options.offsets)
                                                .run(left_out, outside, folds, r % folds.count, predictable, options);
  });
  Gathered all;
  for (const Gathered& one : gathered) {
    all.inside.insert(all.inside.end(), one.inside.begin(), one.inside.end());
    all.outside.insert(all.outside.end(), one.outside.begin(), one.outside.end());
    all.taught.insert(all.taught.end(), one.taught.begin(), one.taught.end());
  }
  return all;
}

}  // namespace

ScopeFit fit_scope(const Labelled& data, const Vocabulary& vocabulary, const BlockWeights& block_weight,
                   const SparseRows& outside, const ScopeEncoder& encoder, const Folds& folds, std::size_t predictable,
                   const ScopeOptions& options) {
  ScopeFit out;
  if (data.categories < 3) return out;
  const Gathered rows = gather(data, vocabulary, block_weight, outside, encoder, folds, predictable, options);
  out.inside_rows = rows.inside.size();
  out.outside_rows = rows.outside.size() + rows.taught.size();
  if (rows.inside.size() < kFewestRows || rows.outside.size() < kFewestRows) return out;
  const Gathered plain = without_encoder(rows);
  const Weights judge = judge_of(plain, options.outside_share);
  out.auroc = auroc_of(plain, judge);
  const auto weight = [](const Weights& of, std::size_t k) { return static_cast<float>(of[k]); };
  out.scope = {weight(judge, 0), weight(judge, 1), weight(judge, 2), weight(judge, kSigns)};
  if (encoder.rows == nullptr) return out;
  const Weights both = judge_of(rows, options.outside_share);
  out.auroc_with_encoder = auroc_of(rows, both);
  out.with_encoder = {weight(both, 0), weight(both, 1), weight(both, 2),
                      weight(both, 3), weight(both, 4), weight(both, kSigns)};
  return out;
}

double area_under_roc(std::span<const double> high, std::span<const double> low) {
  if (high.empty() || low.empty()) return 0.5;
  std::vector<std::pair<double, bool>> all;
  for (const double one : high) all.emplace_back(one, true);
  for (const double one : low) all.emplace_back(one, false);
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  double wins = 0;
  double lower = 0;  // rows of `low` strictly below the present value
  for (std::size_t begin = 0; begin < all.size();) {
    std::size_t end = begin;
    double lows = 0;
    double highs = 0;
    for (; end < all.size() && all[end].first == all[begin].first; ++end) (all[end].second ? highs : lows) += 1;
    wins += highs * (lower + lows / 2);
    lower += lows;
    begin = end;
  }
  return wins / (static_cast<double>(high.size()) * static_cast<double>(low.size()));
}

}  // namespace pointsman::learn
