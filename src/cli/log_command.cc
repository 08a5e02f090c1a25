#include "cli/log_command.h"

#include <CLI/CLI.hpp>
#include <limits>

#include "classify/verdict.h"
#include "cli/ledger_at.h"
#include "cli/table.h"
#include "cli/text_format.h"
#include "ledger/entry_json.h"

namespace pointsman::cli {
namespace {

using ledger::Entry;

constexpr std::size_t kRowsAtOnce = 200;
constexpr std::size_t kShortId = 18;  // the milliseconds and the counter within one: enough for `explain`

struct Options {
  LedgerChoice ledger;
  std::string since;
  std::string until;
  std::string outcome;
  ledger::Filter filter;
  bool oldest_first = false;
  bool json = false;
};

// Fills the filter; an empty text is fine, anything else says what is wrong.
std::string complete_filter(Options& options, base::WallTime now) {
  ledger::Filter& filter = options.filter;
  if (!options.since.empty()) filter.since = parse_instant(options.since, now);
  if (!options.until.empty()) filter.until = parse_instant(options.until, now);
  const bool bad_since = !options.since.empty() && !filter.since;
  if (bad_since || (!options.until.empty() && !filter.until)) {
    return fmt::format("'{}' is not a time; write 90s, 15m, 1h or 7d (ago), 2026-01-02 or 2026-01-02T15:04 (UTC)",
                       printable(bad_since ? options.since : options.until));
  }
  if (!options.outcome.empty()) {
    filter.outcome = ledger::outcome_from(options.outcome);
    if (!filter.outcome) {
      return fmt::format(
          "'{}' is not an outcome; known are ok, client_error, upstream_error, cut, client_gone and "
          "gateway_error",
          printable(options.outcome));
    }
  }
  filter.newest_first = !options.oldest_first;
  if (filter.limit == 0) filter.limit = std::numeric_limits<std::size_t>::max();
  return "";
}

std::string tokens_of(const llm::Usage& usage) {
  const auto text = [](const std::optional<std::int64_t>& count) { return count ? std::to_string(*count) : "-"; };
  return text(usage.input_tokens) + "/" + text(usage.output_tokens);
}

std::string or_dash(std::string_view text, std::size_t columns) {
  return text.empty() ? "-" : printable(text, columns);
}

std::vector<std::string> row_of(const Entry& entry) {
  return {utc(entry.started),
          entry.id.to_string().substr(0, kShortId),
          or_dash(entry.category, 24),
          entry.probability ? fmt::format("{:.2f}", *entry.probability) : "-",
          or_dash(entry.stage, 12),
          or_dash(entry.model, 32),
          entry.status == 0 ? "-" : std::to_string(entry.status),
          entry.cost ? "$" + entry.cost->to_string() : "-",
          tokens_of(entry.bill.replayed.empty() ? entry.usage : llm::Usage()),  // else nobody used any
          fmt::format("{:.1f}", static_cast<double>(entry.total.count()) / 1e3),
          std::to_string(entry.overhead.count())};
}

Table make_table() {
  using enum Table::Align;
  return Table({{"time (UTC)"},
                {"id"},
                {"category"},
                {"conf", kRight},
                {"stage"},
                {"model"},
                {"status", kRight},
                {"cost", kRight},
                {"tokens in/out", kRight},
                {"total ms", kRight},
                {"ours us", kRight}});
}

void show(ledger::Reader& reader, const Options& options, Context& context) {
  Table table = make_table();
  std::size_t shown = 0;
  std::string line;
  const auto done = reader.scan(options.filter, [&](const Entry& entry) {
    ++shown;
    if (options.json) {
      line.clear();
      ledger::append_json(line, entry);
      context.out.write(line += '\n');
    } else {
      table.add(row_of(entry));
      if (table.size() == kRowsAtOnce) table.print(context.out);
    }
    return !context.out.failed();
  });
  if (table.size() > 0) table.print(context.out);
  if (!done) return context.fail(done.error());
  if (shown == 0) context.err.write("no entries match\n");
}

void run_log(Options& options, Context& context) {
  if (const std::string wrong = complete_filter(options, context.clock->wall()); !wrong.empty()) {
    return context.fail(wrong, kUsage);
  }
  const auto reader = open_ledger(options.ledger, context);
  if (reader) show(*reader, options, context);
}

}  // namespace

void add_log_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("log", "Show what was decided: the ledger's entries, newest first");
  auto options = std::make_shared<Options>();
  ledger::Filter& filter = options->filter;
  options->ledger.add_options(*command);
  command->add_option("--since", options->since, "Only from then on: 1h, 7d, 2026-01-02, 2026-01-02T15:04 (UTC)");
  command->add_option("--until", options->until, "Only before then");
  command->add_option("--category", filter.category, "Only this category");
  command->add_option("--model", filter.model, "Only answered by this model");
  command->add_option("--stage", filter.stage, "Only decided by this stage")
      ->check(CLI::IsMember({"client", "rule", "memory", "local", "llm", "fallback", "passthrough"}));
  command->add_option("--outcome", options->outcome,
                      "Only those that ended so: ok, client_error, upstream_error, cut, client_gone, gateway_error");
  command->add_flag("--fallback", filter.only_fallback, "Only what went to the fallback model in doubt");
  command->add_option("-n,--limit", filter.limit, "At most so many entries; 0 for all")->capture_default_str();
  command->add_flag("--oldest-first", options->oldest_first, "The earliest entry first");
  command->add_flag("--json", options->json, "One JSON object a line, with every field");
  command->footer(
      "`pointsman explain ID` tells all about one entry.\n\nExample:\n  pointsman log --since 1h --fallback");
  command->callback([options, &context] { run_log(*options, context); });
}

}  // namespace pointsman::cli
