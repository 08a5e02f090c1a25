// What a ledger knows of how a model counts tokens, for `pointsman tokens --request`: read from its table of
// calibrations, applied to the request at hand.
//
// Read-only; a gateway may be writing meanwhile. From the main thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/context.h"
#include "cli/ledger_at.h"
#include "json/writer.h"
#include "tokens/calibration.h"

namespace pointsman::cli {

struct ModelCalibration {
  std::string provider;
  std::string model;  // as the provider calls it
  tokens::TokenRatios ratios;
  std::int64_t measured = 0;  // of the request, in that measure
};

// Of the models that are called `model`, by their provider or by the configuration that `choice` names. Empty: the
// ledger knows nothing of it.
base::Result<std::vector<ModelCalibration>> find_calibrations(const LedgerChoice& choice, std::string_view model,
                                                              std::int64_t tokens, std::int64_t bytes,
                                                              Context& context);

void print_calibrations(const std::vector<ModelCalibration>& all, Output& out);
// A member "calibrations".
void write_calibrations(const std::vector<ModelCalibration>& all, json::Writer& json);

}  // namespace pointsman::cli
