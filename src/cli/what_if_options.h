// What `replay` and `eval --off-policy` change about the router, as options, and which part of the ledger they read.
// The options outlive the parsing of the command line; main thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/context.h"
#include "cli/ledger_at.h"
#include "cli/redecider.h"

namespace CLI {
class App;
}

namespace pointsman::cli {

struct WhatIfOptions {
  LedgerChoice ledger;
  std::vector<std::string> thresholds;
  std::string since;
  std::string until;

  void add_options(CLI::App& command);
};

struct TimeSpan {
  std::optional<base::WallTime> since;
  std::optional<base::WallTime> until;
};
// kInvalidArgument for what is no time.
base::Result<TimeSpan> time_span(const WhatIfOptions& options, base::WallTime now);

// `classifier` is an artefact's path, "builtin", or empty for the one that decided.
base::Result<WhatIfChange> change_of(const WhatIfOptions& options, const std::string& classifier,
                                     const Context& context);
// In words: "classifier better.pm (0123456789ab), thresholds 0.8"; empty when nothing is changed.
std::string words_of(const WhatIfOptions& options, const std::string& classifier, const WhatIfChange& change);

}  // namespace pointsman::cli
