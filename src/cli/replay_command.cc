#include "cli/replay_command.h"

#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <limits>

#include "cli/text_format.h"
#include "cli/what_if.h"
#include "cli/what_if_options.h"
#include "cli/what_if_text.h"
#include "config/units.h"

namespace pointsman::cli {
namespace {

using base::ErrorCode;
using base::Result;

// How far before the time in question entries are read, to know which conversations had begun.
constexpr std::chrono::hours kLookBack{24};

struct Options {
  WhatIfOptions what;
  std::string classifier;
  std::string gap = "30m";
  bool json = false;
};

Result<std::chrono::milliseconds> gap_of(const Options& options) {
  const auto gap = config::parse_duration(options.gap);
  if (gap && gap->count() > 0) return *gap;
  return base::fail(ErrorCode::kInvalidArgument,
                    fmt::format("--gap {}: write a time such as 30m or 2h", printable(options.gap)));
}

WhatIfTitle title_of(const Options& options, const TimeSpan& span, const WhatIfChange& change) {
  WhatIfTitle out{.since = "", .changes = words_of(options.what, options.classifier, change)};
  if (span.since) out.since = utc(*span.since) + " UTC";
  if (span.until) out.since += " until " + utc(*span.until) + " UTC";
  return out;
}

Result<WhatIfReport> replay_all(ledger::Reader& reader, const WhatIfChange& change, const TimeSpan& span,
                                base::WallTime now, std::chrono::milliseconds gap) {
  WhatIf what_if(change, [&](std::string_view version) { return reader.policy(version); });
  ledger::Filter filter{.until = span.until, .limit = std::numeric_limits<std::size_t>::max(), .newest_first = false};
  if (span.since) filter.since = *span.since - kLookBack;
  PM_CHECK(reader.scan(filter, [&](const ledger::Entry& entry) {
    const bool early = span.since && entry.id.time() < *span.since;
    early ? what_if.add_earlier(entry) : what_if.add(entry);
    return true;
  }));
  const base::WallTime end = span.until ? std::min(*span.until, now) : now;
  return what_if.finish(std::chrono::floor<std::chrono::microseconds>(end), gap);
}

void run_replay(const Options& options, Context& context) {
  const base::WallTime now = context.clock->wall();
  const auto span = time_span(options.what, now);
  if (!span) return context.fail(span.error(), kUsage);
  const auto gap = gap_of(options);
  if (!gap) return context.fail(gap.error(), kUsage);
  const auto change = change_of(options.what, options.classifier, context);
  if (!change) return context.fail(change.error());
  const auto reader = open_ledger(options.what.ledger, context);
  if (!reader) return;
  const auto report = replay_all(*reader, *change, *span, now, *gap);
  if (!report) return context.fail(report.error());
  if (report->replayed > 0 && !report->unknown_categories.empty()) {
    return context.fail(fmt::format("--thresholds: no policy of these requests has a category '{}'",
                                    printable(report->unknown_categories.front())));
  }
  const WhatIfTitle title = title_of(options, *span, *change);
  if (options.json) return context.out.write(what_if_json(*report, title));
  if (report->entries == 0) return context.err.write("no entries match\n");
  print_what_if(*report, title, context.out);
}

}  // namespace

void add_replay_command(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("replay", "Decide recorded traffic again: money, shares and mistakes beside what happened");
  auto options = std::make_shared<Options>();
  options->what.add_options(*command);
  command->add_option("--classifier", options->classifier, "With this classifier: an artefact's path, or builtin")
      ->type_name("ARTEFACT");
  command->add_option("--gap", options->gap, "A conversation ends when nothing came for so long")
      ->capture_default_str();
  command->add_flag("--json", options->json, "One JSON object with every number");
  command->footer(
      "Without --classifier and --thresholds: what happened, with money per finished conversation. Other\n"
      "thresholds can always be tried, another classifier where texts or their features were kept (ledger:\n"
      "{store_prompts: full} or {store_features: true}).\n"
      "Nobody is asked and nothing is changed. Guide: docs/whatif.md.\n\n"
      "Example:\n  pointsman replay --thresholds 0.8 --since 7d");
  command->callback([options, &context] { run_replay(*options, context); });
}

}  // namespace pointsman::cli
