// A what-if report for people and for programs.
// Pure but for the output it writes to.
#pragma once

#include <string>

#include "cli/output.h"
#include "cli/what_if.h"

namespace pointsman::cli {

struct WhatIfTitle {
  std::string since;    // in words: "2026-01-02 10:00:00 UTC"; empty: the ledger's beginning
  std::string changes;  // in words: "thresholds 0.8"; empty: nothing was changed
};

void print_what_if(const WhatIfReport& report, const WhatIfTitle& title, Output& out);
// One JSON object with every number; money in dollars.
std::string what_if_json(const WhatIfReport& report, const WhatIfTitle& title);

}  // namespace pointsman::cli
