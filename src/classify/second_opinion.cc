#include "classify/second_opinion.h"

#include <algorithm>
#include <cstring>

namespace pointsman::classify {

using base::Result;

namespace {

constexpr std::size_t kIdSize = 64;
constexpr std::size_t kFactors = 11;  // of the mix and the scope
constexpr std::size_t kHeader = 128;

constexpr std::size_t kDetectorAt = kIdSize + kFactors * sizeof(float);

std::size_t padded(std::size_t floats) {
  return (floats * sizeof(float) + 63) / 64 * 64;
}

std::unexpected<base::Error> corrupt(std::string_view what) {
  return base::fail(base::ErrorCode::kCorrupt, "model artefact: second opinion: " + std::string(what));
}

bool in_range(float value, float low, float high) {
  return value >= low && value <= high;
}  // false for NaN

bool is_id(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::string SecondOpinion::pack(const SecondOpinionParts& parts) {
  const std::size_t categories = parts.bias.size();
  std::string out(kHeader + padded(categories) + padded(parts.detector.size()), '\0');
  std::copy_n(parts.encoder_id.begin(), std::min(parts.encoder_id.size(), kIdSize), out.begin());
  const EncoderMix& mix = parts.mix;
  const EncoderScope& scope = parts.scope;
  const std::array<float, kFactors> factors{mix.linear,          mix.net,
                                            mix.encoder,         mix.stray,
                                            mix.ask_below,       scope.largest_score,
                                            scope.unseen_words,  scope.unseen_chars,
                                            scope.encoder_score, scope.inside_score,
                                            scope.bias};
  std::memcpy(out.data() + kIdSize, factors.data(), sizeof factors);
  std::memcpy(out.data() + kHeader, parts.bias.data(), categories * sizeof(float));
  const auto detector = static_cast<std::uint32_t>(parts.detector.size());
  std::memcpy(out.data() + kDetectorAt, &detector, sizeof detector);
  if (detector > 0) {
    std::memcpy(out.data() + kHeader + padded(categories), parts.detector.data(), detector * sizeof(float));
  }
  return out + DenseHead::pack(parts.weights, parts.dimensions, categories);
}

Result<SecondOpinion> SecondOpinion::open(std::span<const std::byte> bytes, std::size_t categories) {
  if (bytes.size() < kHeader) return corrupt("ends early");
  std::uint32_t detector = 0;
  std::memcpy(&detector, bytes.data() + kDetectorAt, sizeof detector);
  if (detector > kMaxDense + 1) return corrupt("impossible size of the detector");
  const std::size_t detector_at = kHeader + padded(categories);
  const std::size_t before_head = detector_at + padded(detector);
  if (bytes.size() < before_head) return corrupt("ends early");
  SecondOpinion out;
  out.encoder_id_.assign(reinterpret_cast<const char*>(bytes.data()), kIdSize);
  if (!is_id(out.encoder_id_)) return corrupt("the encoder's id is not 64 hexadecimal digits");
  std::array<float, kFactors> factors{};
  std::memcpy(factors.data(), bytes.data() + kIdSize, sizeof factors);
  out.mix_ = {factors[0], factors[1], factors[2], factors[3], factors[4]};
  out.scope_ = {factors[5], factors[6], factors[7], factors[8], factors[9], factors[10]};
  for (std::size_t i = 0; i < 3; ++i) {
    if (!in_range(factors[i], 0, 1e3F)) return corrupt("mix out of range");
  }
  if (!in_range(out.mix_.stray, 0, 0.5F)) return corrupt("stray out of range");
  if (!in_range(out.mix_.ask_below, 0, 1)) return corrupt("ask-below out of range");
  for (std::size_t i = 5; i < kFactors; ++i) {
    if (!in_range(factors[i], -1e4F, 1e4F)) return corrupt("scope out of range");
  }
  out.bias_.resize(categories);
  std::memcpy(out.bias_.data(), bytes.data() + kHeader, categories * sizeof(float));
  for (const float one : out.bias_) {
    if (!in_range(one, -1e6F, 1e6F)) return corrupt("bias out of range");
  }
  out.detector_.resize(detector);
  if (detector > 0) std::memcpy(out.detector_.data(), bytes.data() + detector_at, detector * sizeof(float));
  for (const float one : out.detector_) {
    if (!in_range(one, -1e6F, 1e6F)) return corrupt("the detector is out of range");
  }
  PM_TRY(out.head_, DenseHead::open(bytes.subspan(before_head), categories, "second opinion"));
  if (detector != 0 && detector != out.head_.dimensions() + 1) return corrupt("the detector has other dimensions");
  return out;
}

float SecondOpinion::inside_score(std::span<const float> embedding) const {
  if (detector_.empty()) return 0;
  float sum = detector_.back();
  for (std::size_t d = 0; d < embedding.size(); ++d) sum += embedding[d] * detector_[d];
  return sum;
}

void SecondOpinion::score(std::span<const float> embedding, std::span<float> scores) const {
  std::ranges::copy(bias_, scores.begin());
  head_.add(embedding, scores);
}

}  // namespace pointsman::classify
