// How a model counts tokens, as the ledger keeps it over restarts. Plain values; what `state` means is tokens'
// (Calibration::to_text), so that the ledger depends on nothing.
//
// One row for each provider, name of a model there, and measure. Aggregates alone: nothing of any prompt is in them.
#pragma once

#include <string>

namespace pointsman::ledger {

struct KeptCalibration {
  std::string provider;
  std::string model;    // as the provider calls it
  std::string measure;  // "o200k", "bytes"
  std::string state;

  bool operator==(const KeptCalibration&) const = default;
};

}  // namespace pointsman::ledger
