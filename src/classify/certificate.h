// What `pointsman tune` proved about one classifier, as a small JSON file: the promise, the thresholds that keep it,
// the evidence, or, when nothing could be proved, what to do next. The router takes its thresholds from it.
//
// Plain values. A certificate is about one artefact (by content hash), alone or with the encoder it asks where it is
// unsure, and one list of categories; the same values always give the same bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "classify/shift.h"

namespace pointsman::classify {

// What counts as going wrong.
enum class RiskKind : std::uint8_t {
  kUnderRouting,  // kept in a category before the one it needed, in the certificate's order of categories
  kAnyMistake,    // kept in a category that is not its own
  kCost,          // costs between 0 and 1 for every pair of categories
};
std::string_view to_string(RiskKind kind);  // "under_routing", "any_mistake", "cost"

// A threshold above 1: nothing is kept, everything goes to the fallback.
inline constexpr float kNeverKeep = 2;

struct CertifiedCategory {
  std::string name;
  float threshold = kNeverKeep;
};

struct RiskEvidence {
  std::size_t rows = 0;  // labelled requests that were tested
  std::size_t kept = 0;  // of them, by these thresholds
  double lost = 0;       // by what was kept: mistakes, or the sum of their costs
  double bound = 1;      // upper confidence bound of the risk at these thresholds
  std::string method;    // how the rows relate to the classifier: "held-out"
  std::string data;      // SHA-256 of the labelled requests
};

struct Certificate {
  std::string classifier;  // content hash of the artefact, 64 hexadecimal digits
  std::string encoder;     // encode::Encoder::id of the encoder it asked, of as many; empty: it was alone
  RiskKind kind = RiskKind::kUnderRouting;
  double at_most = 0;     // the promised risk
  double confidence = 0;  // that the promise holds
  bool certified = false;
  std::vector<CertifiedCategory> categories;  // weakest first
  std::vector<float> costs;  // of kCost: needed x sent, then a row for texts of no category; else empty
  RiskEvidence evidence;
  // What the labelled requests looked like to the classifier; without levels nobody notices that others come.
  TrafficProfile traffic;
  std::string next;  // what to do when nothing is certified; else empty

  // "at most 2 % under-routed, with 95 % confidence".
  std::string promise() const;
};

inline constexpr std::size_t kMaxCertificate = std::size_t{4} << 20;

// Indented, for people to read as well; ends with a newline. The format is pointsman-certificate-2 with an encoder, and
// -1 without: programs that knew of none refuse what they could not keep, and read the rest.
std::string write_certificate(const Certificate& certificate);

// kParse, kTooLarge or kInvalidArgument with "line:column: what is wrong" unless every member is there, of its kind, in
// range, and in agreement with the others. Members that are not known are refused: they might change the promise.
base::Result<Certificate> read_certificate(std::string_view json);

}  // namespace pointsman::classify
