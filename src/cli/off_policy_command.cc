#include "cli/off_policy_command.h"

#include <limits>

#include "cli/files.h"
#include "cli/off_policy_text.h"
#include "cli/text_format.h"

namespace pointsman::cli {
namespace {

using base::Result;

Result<OffPolicyReport> estimate(ledger::Reader& reader, const WhatIfChange& change, const TimeSpan& span,
                                 const learn::Rewards* rewards) {
  OffPolicyLog log(change, [&](std::string_view version) { return reader.policy(version); }, rewards);
  const ledger::Filter filter{.since = span.since,
                              .until = span.until,
                              .limit = std::numeric_limits<std::size_t>::max(),
                              .newest_first = false};
  PM_CHECK(reader.scan(filter, [&](const ledger::Entry& entry) {
    log.add(entry);
    return true;
  }));
  return log.finish();
}

Result<std::optional<learn::Rewards>> read_all_rewards(const std::string& path) {
  if (path.empty()) return std::nullopt;
  PM_TRY(const std::string bytes, read_file(path, learn::ReadLimits().bytes));
  PM_TRY(learn::Rewards rewards, learn::read_rewards(bytes, path));
  return std::optional(std::move(rewards));
}

}  // namespace

void run_off_policy(const OffPolicyOptions& options, Context& context) {
  const auto span = time_span(options.router, context.clock->wall());
  if (!span) return context.fail(span.error(), kUsage);
  const auto change = change_of(options.router, options.classifier, context);
  if (!change) return context.fail(change.error());
  const auto rewards = read_all_rewards(options.rewards);
  if (!rewards) return context.fail(rewards.error());
  const auto reader = open_ledger(options.router.ledger, context);
  if (!reader) return;
  const auto report = estimate(*reader, *change, *span, *rewards ? &**rewards : nullptr);
  if (!report) return context.fail(report.error());
  if (report->result.overlap.rows > 0 && !report->unknown_categories.empty()) {
    return context.fail(fmt::format("--thresholds: no policy of these requests has a category '{}'",
                                    printable(report->unknown_categories.front())));
  }
  const std::string what = words_of(options.router, options.classifier, *change);
  const std::string_view unit = options.rewards.empty() ? "dollars" : "reward";
  if (options.json) {
    context.out.write(off_policy_json(*report, what, unit));
  } else {
    print_off_policy(*report, what, unit, context.out);
  }
  if (report->result.refused()) context.exit_code = kCheckFailed;
}

}  // namespace pointsman::cli
