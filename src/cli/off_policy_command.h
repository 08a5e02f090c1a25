// `pointsman eval --off-policy`: what another router would have earned, from what an exploring gateway logged.
// Reads the ledger and a file of rewards; exit code 3 when the log cannot tell.
#pragma once

#include <string>

#include "cli/context.h"
#include "cli/what_if_options.h"

namespace pointsman::cli {

struct OffPolicyOptions {
  WhatIfOptions router;
  std::string classifier;  // empty: the one that decided
  std::string rewards;     // path; empty: what each request cost is estimated
  bool json = false;
};

void run_off_policy(const OffPolicyOptions& options, Context& context);

}  // namespace pointsman::cli
