// What was measured of one classifier together with one small language model, as a small JSON file: what the model's
// opinion is worth beside the classifier's, and the thresholds of both stages. The router asks the small model where
// the classifier is unsure, and takes both thresholds from here.
//
// Plain values. A pairing is about one artefact (by content hash), one model asked with one prompt, and one list of
// categories; the same values always give the same bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "classify/certificate.h"
#include "classify/combination.h"

namespace pointsman::classify {

struct PairedCategory {
  std::string name;
  float local = kNeverKeep;   // the classifier alone decides from here on
  float pooled = kNeverKeep;  // both together do
};

struct Pairing {
  std::string classifier;      // content hash of the artefact, 64 hexadecimal digits; empty: there is none
  std::string model;           // the small model, as its provider knows it
  std::string prompt_version;  // content hash of everything it is asked with but the text
  Combination opinions;
  std::vector<PairedCategory> categories;  // in the router's order; weakest first where `kind` is under-routing
  // The promise that the thresholds keep, over all requests that either stage decides.
  RiskKind kind = RiskKind::kUnderRouting;
  double at_most = 0;
  double confidence = 0;
  bool certified = false;  // false: nothing could be promised, every threshold is kNeverKeep, and `next` says more
  RiskEvidence evidence;
  // What was seen on the labelled requests; estimates.
  double asked_share = 0;  // for which the model is asked
  double kept_share = 0;   // that either stage decides
  TrafficProfile traffic;  // what requests look like to the classifier
  std::string next;
};

inline constexpr std::size_t kMaxPairing = std::size_t{4} << 20;

// Indented, for people to read as well; ends with a newline.
std::string write_pairing(const Pairing& pairing);

// kParse, kTooLarge or kInvalidArgument with "line:column: what is wrong" unless every member is there, of its kind, in
// range, and in agreement with the others. Members that are not known are refused.
base::Result<Pairing> read_pairing(std::string_view json);

}  // namespace pointsman::classify
