#include "watch/drift_profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace pointsman::watch {
namespace {

constexpr std::array<float, 5> kUnseenEdges{0.1F, 0.2F, 0.35F, 0.5F, 0.75F};
constexpr std::array<float, 3> kOutsideEdges{0.05F, 0.2F, 0.5F};
// Lengths by powers of two: up to 8 bytes, 16, ... 32768, and more.
constexpr std::size_t kShortest = 3;
constexpr std::size_t kLengths = 14;
constexpr std::size_t kShapes = 8;
constexpr std::array<std::string_view, kScripts> kScriptNames = {"no letters",    "latin", "greek",      "cyrillic",
                                                                 "right to left", "indic", "east asian", "other"};
constexpr std::array<std::string_view, kDriftGroups> kGroupNames = {"words",    "length",     "shape", "script",
                                                                    "category", "confidence", "scope"};

// Between which edges a value lies; one more for what is unknown.
std::size_t between(std::span<const float> edges, float value) {
  if (!(value >= 0)) return edges.size() + 1;
  return static_cast<std::size_t>(std::ranges::upper_bound(edges, value) - edges.begin());
}

std::string range_name(std::span<const float> edges, std::size_t bin) {
  if (bin > edges.size()) return "unknown";
  if (edges.empty()) return "known";
  if (bin == 0) return fmt::format("below {:.3g}", edges[0]);
  if (bin == edges.size()) return fmt::format("{:.3g} or more", edges.back());
  return fmt::format("{:.3g} to {:.3g}", edges[bin - 1], edges[bin]);
}

std::size_t length_bin(std::uint32_t bytes) {
  const auto power = static_cast<std::size_t>(std::bit_width(std::max(bytes, 1U) - 1));  // 2^power >= bytes
  return std::clamp(power, kShortest, kShortest + kLengths - 1) - kShortest;
}

std::string length_name(std::size_t bin) {
  const std::size_t least = (std::size_t{1} << (bin + kShortest - 1)) + 1;
  if (bin == 0) return fmt::format("up to {} bytes", 1U << kShortest);
  if (bin == kLengths - 1) return fmt::format("{} bytes or more", least);
  return fmt::format("{} to {} bytes", least, std::size_t{1} << (bin + kShortest));
}

std::size_t shape_bin(const TextTraits& traits) {
  return (traits.code ? 4U : 0U) + (traits.list ? 2U : 0U) + (traits.digits ? 1U : 0U);
}

std::string shape_name(std::size_t bin) {
  std::string out = (bin & 4U) != 0 ? "code" : "";
  if ((bin & 2U) != 0) out += out.empty() ? "list" : " with list";
  if ((bin & 1U) != 0) out += out.empty() ? "digits" : " with digits";
  return out.empty() ? "plain" : out;
}

std::vector<float> deciles(std::span<const DriftObservation> reference) {
  std::vector<float> known;
  for (const DriftObservation& one : reference) {
    if (one.probability >= 0) known.push_back(one.probability);
  }
  std::ranges::sort(known);
  std::vector<float> out;
  for (std::size_t i = 1; i <= kMaxConfidenceEdges && !known.empty(); ++i) {
    const float edge = known[i * known.size() / (kMaxConfidenceEdges + 1)];
    // An edge at the smallest value would leave nothing below it.
    if (edge > (out.empty() ? known.front() : out.back()) && edge <= 1) out.push_back(edge);
  }
  return out;
}

}  // namespace

std::string_view to_string(DriftGroup group) {
  return kGroupNames[static_cast<std::size_t>(group)];
}

std::size_t DriftProfile::bins(DriftGroup group) const {
  switch (group) {
    case DriftGroup::kWords:
      return kUnseenEdges.size() + 2;
    case DriftGroup::kLength:
      return kLengths;
    case DriftGroup::kShape:
      return kShapes;
    case DriftGroup::kScript:
      return kScripts;
    case DriftGroup::kCategory:
      return categories.size() + 2;
    case DriftGroup::kConfidence:
      return confidence_edges.size() + 2;
    case DriftGroup::kScope:
      return kOutsideEdges.size() + 2;
  }
  return 0;
}

std::size_t DriftProfile::bin_of(DriftGroup group, const DriftObservation& request) const {
  switch (group) {
    case DriftGroup::kWords:
      return between(kUnseenEdges, request.unseen_words);
    case DriftGroup::kLength:
      return length_bin(request.traits.bytes);
    case DriftGroup::kShape:
      return shape_bin(request.traits);
    case DriftGroup::kScript:
      return std::min(static_cast<std::size_t>(request.traits.script), kScripts - 1);
    case DriftGroup::kCategory:
      if (request.category < 0) return categories.size() + 1;
      return std::min(static_cast<std::size_t>(request.category), categories.size());
    case DriftGroup::kConfidence:
      return between(confidence_edges, request.probability);
    case DriftGroup::kScope:
      return between(kOutsideEdges, request.outside);
  }
  return 0;
}

std::string DriftProfile::bin_name(DriftGroup group, std::size_t bin) const {
  if (bin >= bins(group)) return "";
  switch (group) {
    case DriftGroup::kWords:
      return range_name(kUnseenEdges, bin);
    case DriftGroup::kLength:
      return length_name(bin);
    case DriftGroup::kShape:
      return shape_name(bin);
    case DriftGroup::kScript:
      return std::string(kScriptNames[bin]);
    case DriftGroup::kCategory:
      if (bin < categories.size()) return categories[bin];
      return bin == categories.size() ? "(another category)" : "(no guess)";
    case DriftGroup::kConfidence:
      return range_name(confidence_edges, bin);
    case DriftGroup::kScope:
      return range_name(kOutsideEdges, bin);
  }
  return "";
}

DriftProfile profile_drift(std::span<const DriftObservation> reference, std::span<const std::string> categories,
                           std::string_view classifier) {
  DriftProfile out;
  out.classifier = classifier;
  out.rows = reference.size();
  const auto named = categories.first(std::min(categories.size(), kMaxDriftCategories));
  out.categories.assign(named.begin(), named.end());
  out.confidence_edges = deciles(reference);
  for (std::size_t i = 0; i < kDriftGroups; ++i) {
    const auto group = static_cast<DriftGroup>(i);
    out.counts[i].resize(out.bins(group));
    for (const DriftObservation& one : reference) ++out.counts[i][out.bin_of(group, one)];
  }
  return out;
}

}  // namespace pointsman::watch
