#include "learn/char_net_fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "learn/vector_loops.h"

#pragma STDC FP_CONTRACT OFF

namespace pointsman::learn {

using classify::kNetBlock;
using classify::kNetWidths;

namespace {

constexpr float kTableDeviation = 0.1F;
constexpr double kWarmUp = 0.05;     // share of the steps in which the rate rises
constexpr double kLastRate = 0.05;   // share of the rate at the end
constexpr float kRefineRate = 0.1F;  // share of the rate when going on
constexpr float kDropped = 0.5F;
constexpr std::array<std::size_t, 3> kFirstTap{0, 3, 8};

}  // namespace

void Adam::start(std::size_t size, float deviation, base::Rng& rng) {
  value.assign(size, 0);
  gradient.assign(size, 0);
  mean.assign(size, 0);
  square.assign(size, 0);
  if (!(deviation > 0)) return;
  for (float& one : value) {
    const double radius = std::sqrt(-2 * std::log(1 - rng.uniform()));
    one = deviation * static_cast<float>(radius * std::cos(2 * std::numbers::pi * rng.uniform()));
  }
}

void Adam::update(float rate, long step) {
  const auto t = static_cast<double>(step);
  loops::adam(value.data(), gradient.data(), mean.data(), square.data(), value.size(),
              {rate, static_cast<float>(1 / (1 - std::pow(0.9, t))), static_cast<float>(1 / (1 - std::pow(0.999, t)))});
}

CharNetFit::CharNetFit(const NetExamples& examples, const NetOptions& options)
    : examples_(examples),
      options_(options),
      stride_((examples.categories + 7) / 8 * 8),
      rng_(options.seed * 0x9E3779B97F4A7C15ULL + 0xC4A5) {
  const std::size_t all = kNetWidths.size() * options.filters;
  table_.start(classify::kNetTaps * text::kCharCodes * options.filters, kTableDeviation, rng_);
  bias_.start(all, 0, rng_);
  head_.start(all * stride_, 1 / std::sqrt(static_cast<float>(all)), rng_);
  head_bias_.start(stride_, 0, rng_);
  pooled_.value.resize(all);
  pooled_.where.resize(all);
  keep_.assign(all, 1);
  rests_.assign(examples.labels.size(), 0);
  delta_.resize(stride_);
}

// Where the table of a width's block of filters begins.
std::size_t CharNetFit::block_at(std::size_t width, std::size_t block) const {
  return text::kCharCodes * (kFirstTap[width] * options_.filters + block * kNetWidths[width] * kNetBlock);
}

void CharNetFit::fit(std::vector<std::uint32_t> use) {
  total_visits_ = static_cast<double>(use.size()) * options_.epochs;
  for (int i = 0; i < options_.epochs; ++i) epoch(use, true);
}

void CharNetFit::refine(std::vector<std::uint32_t> use, int epochs) {
  for (int i = 0; i < epochs; ++i) epoch(use, false);
}

float CharNetFit::scheduled_rate() const {
  const double done = visits_ / total_visits_;
  const double share =
      done < kWarmUp ? done / kWarmUp : kLastRate + (1 - kLastRate) * 0.5 * (1 + std::cos(std::numbers::pi * done));
  return options_.rate * static_cast<float>(share);
}

// A batch is made of rows that there is something to learn from.
void CharNetFit::epoch(std::vector<std::uint32_t>& order, bool scheduled) {
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[rng_.below(i)]);
  const float scale = 1.0F / static_cast<float>(options_.batch);
  for (const std::uint32_t row : order) {
    ++visits_;
    if (rests_[row] != 0) {
      rests_[row] = 0;
      continue;
    }
    if (!learn_row(row, scale)) {
      rests_[row] = 1;
      continue;
    }
    if (++learned_ % options_.batch != 0) continue;
    ++steps_;
    step(scheduled ? scheduled_rate() : kRefineRate * options_.rate);
  }
}

void CharNetFit::step(float rate) {
  for (Adam* block : {&table_, &bias_, &head_, &head_bias_}) block->update(rate, steps_);
}

const Codes& CharNetFit::with_typos(const Codes& codes) {
  if (!(options_.typos > 0)) return codes;
  noisy_ = codes;
  const auto bar = static_cast<std::uint64_t>(static_cast<double>(options_.typos) * 65536);
  for (std::size_t i = 0; i < noisy_.size();) {
    // One draw serves four characters.
    for (std::uint64_t bits = rng_.next(), n = 0; n < 4 && i < noisy_.size(); ++n, ++i, bits >>= 16) {
      if ((bits & 0xFFFF) >= bar || noisy_[i] <= text::kSpaceCode) continue;
      noisy_[i] = static_cast<std::uint8_t>(text::kFirstLetterCode + rng_.below(26));
    }
  }
  return noisy_;
}

void CharNetFit::pool_block(const Codes& codes, std::size_t width, std::size_t block) {
  const std::size_t at = width * options_.filters + block * kNetBlock;
  loops::largest_windows(table_.value.data() + block_at(width, block), bias_.value.data() + at, kNetWidths[width],
                         codes.data(), codes.size(), pooled_.value.data() + at, pooled_.where.data() + at);
}

void CharNetFit::pool(const Codes& codes) {
  for (std::size_t width = 0; width < kNetWidths.size(); ++width) {
    for (std::size_t block = 0; block < options_.filters / kNetBlock; ++block) pool_block(codes, width, block);
  }
}

void CharNetFit::score_pooled(std::span<float> out) const {
  std::copy_n(head_bias_.value.begin(), out.size(), out.begin());
  for (std::size_t i = 0; i < pooled_.value.size(); ++i) {
    if (pooled_.value[i] > 0) loops::add_scaled(out.data(), &head_.value[i * stride_], pooled_.value[i], out.size());
  }
}

void CharNetFit::drop_out() {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < keep_.size(); ++i, bits >>= 1) {
    if (i % 64 == 0) bits = rng_.next();
    keep_[i] = (bits & 1U) != 0 ? 1 / (1 - kDropped) : 0;
    pooled_.value[i] *= keep_[i];
  }
}

bool CharNetFit::learn_row(std::uint32_t row, float scale) {
  const Codes& codes = with_typos(examples_.codes[row]);
  pool(codes);
  drop_out();
  score_pooled(delta_);
  const std::size_t n = examples_.categories;
  const float largest = *std::max_element(delta_.begin(), delta_.begin() + static_cast<std::ptrdiff_t>(n));
  float sum = 0;
  for (std::size_t c = 0; c < n; ++c) {
    delta_[c] = std::exp(delta_[c] - largest);
    sum += delta_[c];
  }
  if (delta_[examples_.labels[row]] > options_.sure * sum) return false;
  const float spread = options_.smoothing / static_cast<float>(n);
  const float factor = scale * examples_.weights[row];
  for (std::size_t c = 0; c < n; ++c) delta_[c] = (delta_[c] / sum - spread) * factor;
  delta_[examples_.labels[row]] -= (1 - options_.smoothing) * factor;
  std::fill(delta_.begin() + static_cast<std::ptrdiff_t>(n), delta_.end(), 0.0F);
  back_to_table(codes);
  return true;
}

void CharNetFit::back_to_table(const Codes& codes) {
  loops::add_scaled(head_bias_.gradient.data(), delta_.data(), 1, stride_);
  for (std::size_t i = 0; i < pooled_.value.size(); ++i) {
    if (!(pooled_.value[i] > 0)) continue;
    const float back = keep_[i] * loops::add_scaled_and_dot(&head_.gradient[i * stride_], &head_.value[i * stride_],
                                                            delta_.data(), pooled_.value[i], stride_);
    const std::size_t width = i / options_.filters;
    const std::size_t filter = i % options_.filters;
    bias_.gradient[i] += back;
    float* table = table_.gradient.data() + block_at(width, filter / kNetBlock) + filter % kNetBlock;
    const std::uint8_t* window = codes.data() + pooled_.where[i];
    for (std::size_t tap = 0; tap < kNetWidths[width]; ++tap) {
      table[(tap * text::kCharCodes + window[tap]) * kNetBlock] += back;
    }
  }
}

void CharNetFit::scores(const Codes& codes, std::span<float> out) {
  pool(codes);
  score_pooled(out);
}

classify::CharNetParts CharNetFit::parts() const {
  classify::CharNetParts parts;
  const std::size_t f = options_.filters;
  parts.filters = f;
  parts.table.resize(table_.value.size());
  for (std::size_t width = 0; width < kNetWidths.size(); ++width) {
    for (std::size_t filter = 0; filter < f; ++filter) {
      const float* table = table_.value.data() + block_at(width, filter / kNetBlock) + filter % kNetBlock;
      for (std::size_t row = 0; row < kNetWidths[width] * text::kCharCodes; ++row) {
        parts.table[(kFirstTap[width] * text::kCharCodes + row) * f + filter] = table[row * kNetBlock];
      }
    }
  }
  parts.bias = bias_.value;
  for (std::size_t i = 0; i < kNetWidths.size() * f; ++i) {
    for (std::size_t c = 0; c < examples_.categories; ++c) parts.head.push_back(head_.value[i * stride_ + c]);
  }
  parts.head_bias.assign(head_bias_.value.begin(),
                         head_bias_.value.begin() + static_cast<std::ptrdiff_t>(examples_.categories));
  return parts;
}

}  // namespace pointsman::learn
