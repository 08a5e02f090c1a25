#include "cli/explain_command.h"

#include <CLI/CLI.hpp>

#include "cli/decision_id.h"
#include "cli/explanation.h"
#include "cli/ledger_at.h"
#include "cli/text_format.h"
#include "json/writer.h"
#include "ledger/entry_json.h"

namespace pointsman::cli {
namespace {

using base::Result;
using ledger::Entry;

struct Options {
  LedgerChoice ledger;
  std::string id;
  bool json = false;
};

Result<Replay> replay_from(ledger::Reader& reader, const Entry& entry) {
  PM_TRY(const std::optional<std::string> document, reader.policy(entry.policy_version));
  if (document) return replay(entry, *document);
  return base::fail(base::ErrorCode::kNotFound,
                    "the ledger does not hold the policy " + printable(entry.policy_version, 64));
}

void write_replay(const Result<Replay>& replayed, json::Writer& json) {
  json.begin_object();
  if (!replayed) {
    json.member("result", "impossible").member("reason", replayed.error().message()).end_object();
    return;
  }
  json.member("result", replayed->same() ? "same" : "differs").key("differences").begin_array();
  for (const std::string& difference : replayed->differences) json.value(difference);
  json.end_array().key("candidates").begin_array();
  for (const route::Candidate& one : replayed->ranked.candidates) {
    json.begin_object().member("model", replayed->market.model(one.model).name);
    json.member("from", to_string(one.source)).member("healthy", one.healthy).key("expected_cost_usd");
    one.expected_cost ? json.raw(one.expected_cost->to_string()) : json.null();
    json.end_object();
  }
  json.end_array().key("excluded").begin_array();
  for (const route::Exclusion& one : replayed->ranked.excluded) json.value(describe(one, replayed->market));
  json.end_array().key("categories").begin_array();
  for (const config::PolicyCategory& category : replayed->policy.categories) json.value(category.name);
  json.end_array().end_object();
}

std::string as_json(const Entry& entry, const Result<Replay>& replayed) {
  std::string out;
  json::Writer json(out);
  json.begin_object().key("entry").raw(ledger::to_json(entry)).key("replay");
  write_replay(replayed, json);
  json.end_object();
  return out + "\n";
}

void print_verdict(const Entry& entry, const Result<Replay>& replayed, Output& out) {
  out.print("\n{}\n", out.bold("replay"));
  if (!replayed) return out.print("  not possible: {}\n", replayed.error().message());
  if (replayed->same()) return out.print("  same decision (policy {:.12})\n", printable(entry.policy_version, 64));
  out.print("  NOT the same decision:\n");
  for (const std::string& difference : replayed->differences) out.print("  {}\n", printable(difference, 400));
}

void run_explain(const Options& options, Context& context) {
  const auto reader = open_ledger(options.ledger, context);
  if (!reader) return;
  const auto entry = find_entry(*reader, options.id);
  if (!entry) return context.fail(entry.error());
  const Result<Replay> replayed = replay_from(*reader, *entry);
  if (options.json) {
    context.out.write(as_json(*entry, replayed));
  } else {
    print_explanation(*entry, replayed ? &*replayed : nullptr, context.out);
    print_verdict(*entry, replayed, context.out);
  }
  if (replayed && !replayed->same()) context.exit_code = kCheckFailed;
}

}  // namespace

void add_explain_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("explain", "Tell everything about one decision, and decide it again");
  auto options = std::make_shared<Options>();
  command->add_option("id", options->id, "The decision's id, or its beginning")->required();
  options->ledger.add_options(*command);
  command->add_flag("--json", options->json, "One JSON object: the entry and the replay");
  command->footer(
      "The id is in `pointsman log` and in the answer's header x-pointsman-decision-id. The decision is made again\n"
      "from what the ledger kept; the exit code is 3 if that gives another one.\n\n"
      "Example:\n  pointsman explain 0198f3a2-7c4d");
  command->callback([options, &context] { run_explain(*options, context); });
}

}  // namespace pointsman::cli
