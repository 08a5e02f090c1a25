#include "cli/forget_command.h"

#include <CLI/CLI.hpp>

#include "base/hash.h"
#include "cli/ledger_at.h"
#include "cli/text_format.h"
#include "gateway/feedback_body.h"

namespace pointsman::cli {
namespace {

using base::ErrorCode;
using base::Result;

struct Options {
  LedgerChoice ledger;
  std::string user;
  std::string key;
  std::string annotator;
  bool yes = false;
};

// Feedback says who spoke as a name; as api:NAME where it came over HTTP; as key:NAME where traffic spoke.
std::vector<ledger::Whose> whose(const Options& options) {
  if (!options.user.empty()) return {{.user = base::xxh3(options.user)}};
  if (!options.key.empty()) return {{.key = options.key, .who = "key:" + options.key}};
  return {{.who = options.annotator}, {.who = std::string(gateway::kApiVoice) + options.annotator}};
}

std::string described(const Options& options) {
  if (!options.user.empty())
    return "all requests of the user " + printable(options.user) + ", and what was said about them";
  if (!options.key.empty())
    return "all requests of the key " + printable(options.key) + ", and what was said about them";
  return "everything that the annotator " + printable(options.annotator) + " said";
}

bool confirmed(const Options& options, const ledger::Backend& ledger, Context& context) {
  if (options.yes) return true;
  context.err.print("This removes {}, for ever, from {}.\nGo on? [y/N] ", described(options),
                    printable(ledger.place(), 200));
  context.err.flush();
  char line[16] = {};
  const bool said = std::fgets(line, sizeof line, context.in) != nullptr;
  const std::string_view answer = line;
  if (said && (answer == "y\n" || answer == "yes\n" || answer == "y" || answer == "yes")) return true;
  context.err.write(said ? "" : "\n");
  context.fail("nothing was removed (--yes removes without asking)");
  return false;
}

// Nothing where there never was any.
Result<std::optional<std::uint64_t>> from_feedback(const ledger::Backend& ledger,
                                                   const std::vector<ledger::Whose>& theirs) {
  // Reading makes no file where there is none.
  const auto there = ledger.feedback(ledger::Access::kReading);
  if (!there && there.error().code() == ErrorCode::kNotFound) return std::nullopt;
  PM_TRY(const auto store, ledger.feedback(ledger::Access::kWriting));
  std::uint64_t all = 0;
  for (const ledger::Whose& whose : theirs) {
    PM_TRY(const std::uint64_t removed, store->forget(whose));
    all += removed;
  }
  return all;
}

Result<std::optional<std::uint64_t>> from_ledger(const ledger::Backend& ledger, const ledger::Whose& whose) {
  if (whose.user == 0 && whose.key.empty()) return std::nullopt;
  auto removed = ledger.forget(whose);
  if (!removed && removed.error().code() == ErrorCode::kNotFound) return std::nullopt;
  if (!removed) return base::fail(std::move(removed).error());
  return *removed;
}

void run_forget(const Options& options, Context& context) {
  const int named = !options.user.empty() + !options.key.empty() + !options.annotator.empty();
  if (named != 1) return context.fail("name one: --user NAME, --key NAME or --annotator NAME", kUsage);
  const ledger::BackendPtr ledger = find_ledger(options.ledger, context);
  if (!ledger || !confirmed(options, *ledger, context)) return;
  const std::vector<ledger::Whose> theirs = whose(options);
  // Both are tried, whatever becomes of the other.
  const auto feedback = from_feedback(*ledger, theirs);
  const auto entries = from_ledger(*ledger, theirs.front());
  if (feedback && entries && !*feedback && !*entries && options.annotator.empty()) {
    return context.fail("there is neither a ledger nor feedback in " + ledger->place());
  }
  if (entries && *entries) context.out.print("{} removed from the ledger\n", count_of(**entries, "entry", "entries"));
  if (feedback) {
    context.out.print("{} of feedback removed\n", count_of(feedback->value_or(0), "row", "rows"));
  }
  if (!entries) context.fail(entries.error());
  if (!feedback) context.fail(feedback.error());
  if (context.exit_code != kOk) return;
  if (feedback->value_or(0) > 0) {
    context.err.write(
        "classifiers that were trained before keep what they learned; the next one is built without it\n");
  }
}

}  // namespace

void add_forget_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("forget", "Remove a person's or a key's traces, overwritten on the disk");
  auto options = std::make_shared<Options>();
  command->add_option("--user", options->user, "Requests whose client named this user (`user`, `safety_identifier`)")
      ->type_name("NAME");
  command->add_option("--key", options->key, "Requests that this key authenticated, and what was said about them")
      ->type_name("NAME");
  command->add_option("--annotator", options->annotator, "What this person said about decisions")->type_name("NAME");
  command->add_flag("--yes", options->yes, "Do not ask");
  options->ledger.add_options(*command);
  command->footer(
      "Entries, feedback, the decisions it kept and open reviews are removed and their bytes overwritten. The files "
      "are\n"
      "written anew for that, so it takes as long as copying them and needs their size again on the disk; a running\n"
      "gateway goes on meanwhile. The next training is without them.\n\n"
      "Example:\n  pointsman forget --user ada@example.com");
  command->callback([options, &context] { run_forget(*options, context); });
}

}  // namespace pointsman::cli
