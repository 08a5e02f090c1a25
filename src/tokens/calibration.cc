#include "tokens/calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>

namespace pointsman::tokens {
namespace {

constexpr double kFade = 1.0 - 1.0 / 500;
constexpr double kReach = 4 * std::numbers::ln2;  // ln 16
constexpr double kPerUnit = 1000;                 // weights are written in thousandths
// Weights that would be written as nothing are nothing.
constexpr float kLeastWeight = 0.5F / 1000;

double middle_of(std::size_t bin, std::size_t bins) {
  return (static_cast<double>(bin) + 0.5) * 2 * kReach / static_cast<double>(bins) - kReach;
}

std::int64_t rounded_up(double tokens) {
  return static_cast<std::int64_t>(std::ceil(tokens));
}

// Takes a whole number and what stands behind it.
std::optional<std::uint64_t> take_number(std::string_view& text, char behind) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number > (std::uint64_t{1} << 53U)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.starts_with(behind)) return std::nullopt;
  text.remove_prefix(1);
  return number;
}

}  // namespace

void Calibration::add(std::int64_t measured, std::int64_t reported) {
  if (measured <= 0 || reported <= 0) return;
  const double ratio = std::log(static_cast<double>(reported) / static_cast<double>(measured));
  const double logarithm = std::clamp(ratio, -kReach, kReach);
  Sizes& sizes = sizes_[class_of(measured)];
  sizes.weight = 0;
  for (float& weight : sizes.weights) {
    weight = weight < kLeastWeight ? 0.0F : weight * static_cast<float>(kFade);
    sizes.weight += static_cast<double>(weight);
  }
  const auto bin = static_cast<std::size_t>((logarithm + kReach) / (2 * kReach) * kBins);
  sizes.weights[std::min(bin, kBins - 1)] += 1;
  sizes.weight += 1;
  sizes.sum = sizes.sum * kFade + logarithm;
  ++pairs_;
}

// The least logarithm that has all but `miss` of the weight at or below it, where the prompt asked about weighs 1 and
// may lie anywhere. The upper edge of its bin.
std::optional<double> Calibration::quantile(const Sizes& sizes, double miss) {
  const double wanted = (1 - miss) * (sizes.weight + 1);
  double below = 0;
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    below += static_cast<double>(sizes.weights[bin]);
    if (below < wanted) continue;
    // Of what lies beyond the last bin nothing is known.
    if (bin + 1 == kBins) return std::nullopt;
    return middle_of(bin, kBins) + kReach / kBins;
  }
  return std::nullopt;
}

// The upper edge of the last bin that has any weight.
double Calibration::largest(const Sizes& sizes) {
  for (std::size_t bin = kBins; bin-- > 0;) {
    if (sizes.weights[bin] > 0) return middle_of(bin, kBins) + kReach / kBins;
  }
  return 0;
}

TokenRatios Calibration::ratios(double miss) const {
  TokenRatios out{.measure = measure_, .pairs = pairs_};
  for (std::size_t i = 0; i < kSizeClasses; ++i) {
    const Sizes& sizes = sizes_[i];
    if (!(sizes.weight > 0)) continue;
    TokenRatio& one = out.classes[i];
    const auto bound = quantile(sizes, std::clamp(miss, 0.0, 1.0));
    one.weight = sizes.weight;
    one.expected = std::exp(sizes.sum / sizes.weight);
    one.upper = std::max(std::exp(bound ? *bound : largest(sizes)), one.expected);
    one.promised = bound.has_value();
  }
  return out;
}

Calibrated Calibration::predict(std::int64_t measured, double miss) const {
  Calibrated out;
  if (measured <= 0) return out;
  const auto base = static_cast<double>(measured);
  const Sizes& sizes = sizes_[class_of(measured)];
  double expected = base * prior().expected;
  if (sizes.weight > 0) {
    expected = base * std::exp(sizes.sum / sizes.weight);
    out.expected_measured = true;
  }
  double upper = std::max(base * prior().high, expected);
  if (const auto logarithm = quantile(sizes, std::clamp(miss, 0.0, 1.0))) {
    upper = std::max(base * std::exp(*logarithm), expected);
    out.upper_measured = true;
  }
  out.expected = static_cast<std::int64_t>(std::llround(expected));
  out.upper = std::max(rounded_up(upper), out.expected);
  return out;
}

// "o200k 1234;" and for each class "sum in thousandths + kReach for each weight:bin=weight,bin=weight,;".
std::string Calibration::to_text() const {
  std::string text = fmt::format("{} {};", measure_ == Measure::kO200k ? "o200k" : "bytes", pairs_);
  for (const Sizes& sizes : sizes_) {
    const double mean = sizes.weight > 0 ? sizes.sum / sizes.weight : 0;
    text += fmt::format("{}:", std::llround((mean + kReach) * 1e6));
    for (std::size_t bin = 0; bin < kBins; ++bin) {
      const long long weight = std::llround(static_cast<double>(sizes.weights[bin]) * kPerUnit);
      if (weight > 0) text += fmt::format("{}={},", bin, weight);
    }
    text += ';';
  }
  return text;
}

base::Result<Calibration> Calibration::from_text(std::string_view text) {
  const auto bad = [] { return base::fail(base::ErrorCode::kParse, "not a calibration of token counts"); };
  if (!text.starts_with("o200k ") && !text.starts_with("bytes ")) return bad();
  Calibration out(text.front() == 'o' ? Measure::kO200k : Measure::kBytes);
  text.remove_prefix(6);
  const auto pairs = take_number(text, ';');
  if (!pairs) return bad();
  out.pairs_ = *pairs;
  for (Sizes& sizes : out.sizes_) {
    const auto mean = take_number(text, ':');
    if (!mean || static_cast<double>(*mean) > 2 * kReach * 1e6 + 1) return bad();
    while (!text.starts_with(';')) {
      const auto bin = take_number(text, '=');
      const auto weight = bin ? take_number(text, ',') : std::nullopt;
      if (!weight || *bin >= kBins || *weight > 1'000'000) return bad();
      sizes.weights[*bin] = static_cast<float>(static_cast<double>(*weight) / kPerUnit);
    }
    text.remove_prefix(1);
    for (const float weight : sizes.weights) sizes.weight += static_cast<double>(weight);
    sizes.sum = (static_cast<double>(*mean) / 1e6 - kReach) * sizes.weight;
  }
  if (!text.empty()) return bad();
  return out;
}

}  // namespace pointsman::tokens
