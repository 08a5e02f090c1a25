// What requests looked like when a classifier went live: how many reference requests lay in each bin of seven groups.
// Drift (drift.h) is measured against it.
//
// The reference requests must be ones that the classifier did not learn from, as recent as can be had, and drawn like
// the traffic that will be watched: of a conversation the first request only, if that is what will be watched. Rows
// that it was trained on look surer and better known than anything that ever comes. Plain values; the file form is
// JSON, and reading refuses what could not have been written.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "watch/text_traits.h"

namespace pointsman::watch {

// One request as the classifier saw it. What is not known is not a number, or below 0.
struct DriftObservation {
  TextTraits traits;
  float unseen_words = -1;  // share of the words' weight that training never saw (classify::Inspection)
  float probability = -1;   // the largest of the categories'
  float outside = -1;       // probability that it belongs to none: what the categories' sum misses of 1
  int category = -1;        // the likeliest, whether or not it was sure enough; -1: no guess
};

enum class DriftGroup : std::uint8_t { kWords, kLength, kShape, kScript, kCategory, kConfidence, kScope };
inline constexpr std::size_t kDriftGroups = 7;
std::string_view to_string(DriftGroup group);  // "words", "length", "shape", "script", "category", ...

inline constexpr std::size_t kMaxDriftBins = 256;
// Categories beyond these are one bin.
inline constexpr std::size_t kMaxDriftCategories = kMaxDriftBins - 2;
inline constexpr std::size_t kMaxConfidenceEdges = 9;

struct DriftProfile {
  std::string classifier;               // content hash of the artefact, 64 hexadecimal digits
  std::size_t rows = 0;                 // reference requests
  std::vector<std::string> categories;  // the classifier's, in its order; at most kMaxDriftCategories
  std::vector<float> confidence_edges;  // rising; about a tenth of the reference requests between two of them
  std::array<std::vector<std::uint32_t>, kDriftGroups> counts;

  // How many bins a group has.
  std::size_t bins(DriftGroup group) const;
  std::size_t bin_of(DriftGroup group, const DriftObservation& request) const;
  // What a bin is, for people: "0.1 to 0.2", "cyrillic", "code with digits", a category's name.
  std::string bin_name(DriftGroup group, std::size_t bin) const;

  friend bool operator==(const DriftProfile&, const DriftProfile&) = default;
};

// The profile of reference requests. `categories` are the classifier's, `classifier` its content hash.
DriftProfile profile_drift(std::span<const DriftObservation> reference, std::span<const std::string> categories,
                           std::string_view classifier);

inline constexpr std::size_t kMaxDriftProfile = std::size_t{1} << 20;

// One line for each group; ends with a newline. The same profile always gives the same bytes.
std::string write_drift_profile(const DriftProfile& profile);
// kParse, kTooLarge or kInvalidArgument with "line:column: what is wrong".
base::Result<DriftProfile> read_drift_profile(std::string_view json);

}  // namespace pointsman::watch
