#include "learn/softmax_fit.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/rng.h"
#include "learn/vector_loops.h"

#pragma STDC FP_CONTRACT OFF

namespace pointsman::learn {
namespace {

constexpr float kStill = 1e-4F;  // a category moves only if its prediction and dual differ by more
constexpr int kMaxNewton = 24;
constexpr float kAgree = 0.05F;
constexpr float kFloor = 1e-12F;  // keeps logarithms of dual variables finite

// Turns scores into log probabilities.
void log_softmax(std::span<float> scores) {
  const float largest = *std::max_element(scores.begin(), scores.end());
  float sum = 0;
  for (const float score : scores) sum += std::exp(score - largest);
  const float log_sum = largest + std::log(sum);
  for (float& score : scores) score -= log_sum;
}

}  // namespace

SoftmaxFit::SoftmaxFit(const Labelled& data, std::vector<std::uint32_t> use)
    : data_(data), use_(std::move(use)), stride_((data.categories + 3) / 4 * 4) {
  weights_.assign(data.features * stride_, 0);
  bias_.assign(stride_, 0);
  dual_.assign(use_.size() * stride_, 0);
  log_p_.assign(stride_, 0);
  move_.assign(stride_, 0);
  for (std::size_t at = 0; at < use_.size(); ++at) {
    dual_[at * stride_ + data.labels[use_[at]]] = 1;
    float square = 1;
    for (const Entry& entry : data.rows->row(use_[at])) square += entry.value * entry.value;
    norm_.push_back(square);
  }
}

int SoftmaxFit::fit(const FitOptions& options) {
  if (l2_ > 0) rescale(l2_ / options.l2);
  l2_ = options.l2;
  base::Rng rng(options.seed);
  std::vector<std::size_t> order(use_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (int epoch = 1; epoch <= options.max_epochs; ++epoch) {
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[rng.below(i)]);
    double gap = 0;
    double loss = 0;
    for (const std::size_t at : order) {
      const Step step = visit(at, options.l2);
      gap += static_cast<double>(step.gap);
      loss += static_cast<double>(step.loss);
    }
    if (gap <= static_cast<double>(options.tolerance) * loss) return epoch;
  }
  return options.max_epochs;
}

// With the dual variables kept, W is proportional to 1 / l2.
void SoftmaxFit::rescale(float factor) {
  for (float& weight : weights_) weight *= factor;
  for (float& weight : bias_) weight *= factor;
}

void SoftmaxFit::add_scores(std::span<const Entry> row, float* out) const {
  for (const Entry& entry : row) loops::add_scaled(out, &weights_[entry.feature * stride_], entry.value, stride_);
}

void SoftmaxFit::scores(std::span<const Entry> row, std::span<float> out) const {
  std::vector<float> sums(bias_);
  add_scores(row, sums.data());
  std::copy_n(sums.begin(), data_.categories, out.begin());
}

SoftmaxFit::Step SoftmaxFit::visit(std::size_t at, float l2) {
  const std::size_t categories = data_.categories;
  const auto row = data_.rows->row(use_[at]);
  const float weight = data_.weights[use_[at]];
  float* dual = &dual_[at * stride_];
  std::copy(bias_.begin(), bias_.end(), log_p_.begin());
  add_scores(row, log_p_.data());
  log_softmax(std::span(log_p_).first(categories));

  Step step{0, -weight * log_p_[data_.labels[use_[at]]]};
  active_.clear();
  float sum = 0;
  for (std::size_t c = 0; c < categories; ++c) {
    // Fenchel gap of this row: KL(dual || prediction).
    if (dual[c] > 0) step.gap += weight * dual[c] * (std::log(dual[c]) - log_p_[c]);
    move_[c] = std::exp(log_p_[c]) - dual[c];
    if (std::fabs(move_[c]) <= kStill) {
      move_[c] = 0;
      continue;
    }
    active_.push_back(static_cast<std::uint32_t>(c));
    sum += move_[c];
  }
  if (active_.empty()) return step;
  const float square = close_move(sum);
  current_ = dual;
  const float length = step_length(weight / l2 * square * norm_[at]);
  for (const std::uint32_t c : active_) dual[c] = std::max(dual[c] + length * move_[c], 0.0F);
  apply(row, -length * weight / l2);
  return step;
}

// What was left out of the move goes to its largest part, so that the dual variables stay a distribution. Returns the
// move's squared length.
float SoftmaxFit::close_move(float sum) {
  std::uint32_t largest = active_.front();
  for (const std::uint32_t c : active_) largest = std::fabs(move_[c]) > std::fabs(move_[largest]) ? c : largest;
  move_[largest] -= sum;
  float square = 0;
  for (const std::uint32_t c : active_) square += move_[c] * move_[c];
  return square;
}

// Maximises the dual along the move: the root of its falling derivative
//   sum_c move_c (log p_c - log(dual_c + s move_c)) - s curvature
// by Newton's method inside a bracket. The sum falls, too, so the root is at most its value at 0 over the curvature.
// Where a dual variable nears zero the derivative is so steep that Newton's step says nothing: what ends the search is
// how well the two terms agree. One step that is far too long is enough to make the whole fit diverge.
float SoftmaxFit::step_length(float curvature) const {
  float pull = 0;
  float entropy = 0;
  for (const std::uint32_t c : active_) {
    pull += move_[c] * (log_p_[c] - std::log(std::max(current_[c], kFloor)));
    entropy += move_[c] * move_[c] / std::max(std::exp(log_p_[c]), kFloor);
  }
  if (!(pull > 0)) return 0;
  float low = 0;
  float high = std::min(1.0F, pull / curvature);
  float s = std::min(high, entropy / (entropy + curvature));
  for (int i = 0; i < kMaxNewton; ++i) {
    pull = 0;
    float bend = -curvature;
    for (const std::uint32_t c : active_) {
      const float now = std::max(current_[c] + s * move_[c], kFloor);
      pull += move_[c] * (log_p_[c] - std::log(now));
      bend -= move_[c] * move_[c] / now;
    }
    const float push = s * curvature;
    if (std::fabs(pull - push) <= kAgree * std::max(std::fabs(pull), push)) break;
    (pull > push ? low : high) = s;
    const float next = s - (pull - push) / bend;
    const bool far_enough = next > low && next < high && std::fabs(next - s) > kAgree * s;
    s = far_enough ? next : (low > 0 ? std::sqrt(low * high) : high / 8);
  }
  return s;
}

void SoftmaxFit::apply(std::span<const Entry> row, float factor) {
  for (const std::uint32_t c : active_) bias_[c] += factor * move_[c];
  const bool few = active_.size() * 3 < data_.categories;
  for (const Entry& entry : row) {
    float* weights = &weights_[entry.feature * stride_];
    const float scaled = factor * entry.value;
    if (!few) {
      loops::add_scaled(weights, move_.data(), scaled, stride_);
      continue;
    }
    for (const std::uint32_t c : active_) weights[c] += scaled * move_[c];
  }
}

}  // namespace pointsman::learn
