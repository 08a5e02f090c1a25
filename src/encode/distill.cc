#include "encode/distill.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "encode/principal_axes.h"

#pragma STDC FP_CONTRACT OFF

namespace pointsman::encode {
namespace {

constexpr double kLeastCosine = 0.25;  // pieces that point elsewhere must still have a length to turn to
constexpr double kTolerance = 1e-4;    // of the residual's length, at which the iteration ends

// Rows of `dimensions` floats.
using Rows = std::vector<float>;

struct Share {
  std::uint32_t piece = 0;  // among those that occur
  float value = 0;
};

// Each text's pieces, as shares of the text.
struct Mixture {
  std::vector<std::size_t> begin{0};
  std::vector<Share> shares;
  std::vector<std::uint32_t> occurring;  // piece numbers

  std::size_t texts() const { return begin.size() - 1; }
};

Mixture mixture_of(const DistillInput& input, std::size_t max_tokens) {
  Mixture out;
  std::vector<std::uint32_t> number(input.tokenizer->size(), 0);  // + 1; 0 for those not yet seen
  WordPiece::Work work;
  std::vector<std::uint32_t> ids;
  for (const std::string_view text : input.texts) {
    input.tokenizer->encode(text, max_tokens, work, ids);
    std::erase_if(ids, [&](std::uint32_t id) { return is_mark(input.tokenizer->piece(id)); });
    for (const std::uint32_t id : ids) {
      if (number[id] == 0) {
        out.occurring.push_back(id);
        number[id] = static_cast<std::uint32_t>(out.occurring.size());
      }
      out.shares.push_back({number[id] - 1, 1.0F / static_cast<float>(ids.size())});
    }
    out.begin.push_back(out.shares.size());
  }
  return out;
}

// out (texts) = M x rows (occurring pieces)
void mix(const Mixture& m, std::size_t d, const Rows& rows, Rows& out) {
  std::ranges::fill(out, 0.0F);
  for (std::size_t i = 0; i < m.texts(); ++i) {
    float* to = out.data() + i * d;
    for (std::size_t at = m.begin[i]; at < m.begin[i + 1]; ++at) {
      const float* from = rows.data() + m.shares[at].piece * d;
      const float share = m.shares[at].value;
      for (std::size_t k = 0; k < d; ++k) to[k] += share * from[k];
    }
  }
}

// out (occurring pieces) = M' x rows (texts)
void spread(const Mixture& m, std::size_t d, const Rows& rows, Rows& out) {
  std::ranges::fill(out, 0.0F);
  for (std::size_t i = 0; i < m.texts(); ++i) {
    const float* from = rows.data() + i * d;
    for (std::size_t at = m.begin[i]; at < m.begin[i + 1]; ++at) {
      float* to = out.data() + m.shares[at].piece * d;
      const float share = m.shares[at].value;
      for (std::size_t k = 0; k < d; ++k) to[k] += share * from[k];
    }
  }
}

double dot(const Rows& a, const Rows& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

void add(Rows& to, double factor, const Rows& from) {
  const auto f = static_cast<float>(factor);
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += f * from[i];
}

// Conjugate gradients on (M'M + ridge) x = right. All columns share step lengths: they have the same matrix.
Rows solve(const Mixture& m, std::size_t d, Rows right, const DistillOptions& options,
           const std::function<void(double)>& tick) {
  Rows x(right.size(), 0);
  Rows direction = right;
  Rows image(right.size());
  Rows of_texts(m.texts() * d);
  double residual = dot(right, right);
  const double enough = residual * kTolerance * kTolerance;
  for (int round = 0; round < options.rounds && residual > enough; ++round) {
    mix(m, d, direction, of_texts);
    spread(m, d, of_texts, image);
    add(image, static_cast<double>(options.ridge), direction);
    const double step = residual / dot(direction, image);
    add(x, step, direction);
    add(right, -step, image);
    const double next = dot(right, right);
    for (std::size_t i = 0; i < direction.size(); ++i) {
      direction[i] = right[i] + static_cast<float>(next / residual) * direction[i];
    }
    residual = next;
    tick(0.8 * (round + 1) / options.rounds);
  }
  return x;
}

// Bends the rows of the pieces that occur in the texts.
void learn_from_texts(const DistillInput& input, const DistillOptions& options, Rows& pieces,
                      const std::function<void(double)>& tick) {
  const std::size_t d = input.dimensions;
  const Mixture m = mixture_of(input, options.max_text_tokens);
  Rows start(m.occurring.size() * d);
  for (std::size_t i = 0; i < m.occurring.size(); ++i) {
    std::copy_n(pieces.data() + m.occurring[i] * d, d, start.data() + i * d);
  }
  Rows missing(m.texts() * d);
  mix(m, d, start, missing);
  // The embeddings have length 1; they are given the length at which the mixtures, as they are, come nearest to them.
  const double lengths = std::sqrt(dot(missing, missing) / std::max(dot(input.embeddings, input.embeddings), 1e-12));
  const double cosine = dot(missing, input.embeddings) /
                        std::max(std::sqrt(dot(missing, missing) * dot(input.embeddings, input.embeddings)), 1e-12);
  const double scale = lengths * std::max(cosine, kLeastCosine);
  for (std::size_t i = 0; i < missing.size(); ++i) {
    missing[i] = static_cast<float>(scale) * input.embeddings[i] - missing[i];
  }
  Rows right(start.size());
  spread(m, d, missing, right);
  const Rows change = solve(m, d, std::move(right), options, tick);
  for (std::size_t i = 0; i < m.occurring.size(); ++i) {
    float* to = pieces.data() + m.occurring[i] * d;
    for (std::size_t k = 0; k < d; ++k) to[k] += change[i * d + k];
  }
}

// Centres the vectors of the pieces, weighs them, and sets those of marks to zero.
void weigh(const DistillInput& input, float sif, Rows& pieces) {
  const std::size_t d = input.dimensions;
  const std::size_t count = input.tokenizer->size();
  std::vector<double> mean(d, 0);
  std::size_t words = 0;
  double harmonic = 0;
  for (std::size_t i = 0; i < count; ++i) {
    harmonic += 1 / static_cast<double>(i + 1);
    if (is_mark(input.tokenizer->piece(static_cast<std::uint32_t>(i)))) continue;
    ++words;
    for (std::size_t k = 0; k < d; ++k) mean[k] += static_cast<double>(pieces[i * d + k]);
  }
  for (double& one : mean) one /= static_cast<double>(std::max<std::size_t>(words, 1));
  const auto a = static_cast<double>(sif);
  for (std::size_t i = 0; i < count; ++i) {
    const bool mark = is_mark(input.tokenizer->piece(static_cast<std::uint32_t>(i)));
    const double weight = mark ? 0 : a / (a + 1 / (static_cast<double>(i + 1) * harmonic));
    for (std::size_t k = 0; k < d; ++k) {
      float& value = pieces[i * d + k];
      value = static_cast<float>(weight * (static_cast<double>(value) - mean[k]));
    }
  }
}

Rows projected(const Rows& rows, std::size_t d, const std::vector<float>& axes, std::size_t kept) {
  const std::size_t count = rows.size() / d;
  Rows out(count * kept, 0);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t k = 0; k < d; ++k) {
      const float value = rows[i * d + k];
      for (std::size_t j = 0; j < kept; ++j) out[i * kept + j] += value * axes[k * kept + j];
    }
  }
  return out;
}

}  // namespace

bool is_mark(std::string_view piece) {
  return piece.size() > 2 && piece.front() == '[' && piece.back() == ']';
}

TableParts distill(DistillInput input, const DistillOptions& options, const std::function<void(double)>& tick) {
  Rows pieces = std::move(input.pieces);
  weigh(input, options.sif, pieces);
  if (!input.texts.empty()) learn_from_texts(input, options, pieces, tick);
  TableParts parts;
  parts.options = input.tokenizer->options();
  parts.options.begin.clear();
  parts.options.end.clear();
  parts.dimensions = std::min(options.dimensions, input.dimensions);
  if (parts.dimensions < input.dimensions) {
    const std::vector<float> axes = principal_axes(pieces, input.dimensions, parts.dimensions);
    parts.vectors = projected(pieces, input.dimensions, axes, parts.dimensions);
  } else {
    parts.vectors = std::move(pieces);
  }
  tick(1);
  for (std::size_t i = 0; i < input.tokenizer->size(); ++i) {
    parts.pieces.emplace_back(input.tokenizer->piece(static_cast<std::uint32_t>(i)));
  }
  parts.card = std::move(input.card);
  return parts;
}

}  // namespace pointsman::encode
