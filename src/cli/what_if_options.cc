#include "cli/what_if_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>

#include "cli/classifier_loader.h"
#include "cli/text_format.h"
#include "cli/threshold_option.h"
#include "cli/time_option.h"

namespace pointsman::cli {

void WhatIfOptions::add_options(CLI::App& command) {
  ledger.add_options(command);
  command
      .add_option("--thresholds", thresholds,
                  "With these thresholds: one for every category (0.8), or of some (simple=0.9,reasoning=0.7)")
      ->delimiter(',')
      ->type_name("P|NAME=P");
  command.add_option("--since", since, "Only from then on: 1h, 7d, 2026-01-02, 2026-01-02T15:04 (UTC)");
  command.add_option("--until", until, "Only before then");
}

base::Result<TimeSpan> time_span(const WhatIfOptions& options, base::WallTime now) {
  TimeSpan out;
  PM_TRY(out.since, read_time(options.since, now));
  PM_TRY(out.until, read_time(options.until, now));
  return out;
}

base::Result<WhatIfChange> change_of(const WhatIfOptions& options, const std::string& classifier,
                                     const Context& context) {
  WhatIfChange out;
  PM_TRY(Thresholds thresholds, read_thresholds(options.thresholds));
  out.threshold = thresholds.every;
  out.thresholds = std::move(thresholds.some);
  if (!classifier.empty()) {
    PM_TRY(const auto model, load_model(classifier, context.builtin_model));
    out.reads_text = model->artefact().net().has_value() || model->artefact().table() != nullptr;
    out.classifier = model;
  }
  return out;
}

std::string words_of(const WhatIfOptions& options, const std::string& classifier, const WhatIfChange& change) {
  std::string out;
  if (change.classifier) {
    out = fmt::format("classifier {} ({:.12})", printable(classifier), change.classifier->version());
  }
  if (options.thresholds.empty()) return out;
  const std::string thresholds = fmt::format("{}", fmt::join(options.thresholds, ", "));
  return fmt::format("{}{}thresholds {}", out, out.empty() ? "" : ", ", printable(thresholds));
}

}  // namespace pointsman::cli
