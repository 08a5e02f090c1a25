#include "cli/label_command.h"

#include <CLI/CLI.hpp>

#include "cli/agreement_text.h"
#include "cli/feedback_import.h"
#include "cli/label_keys.h"
#include "cli/labelling.h"
#include "cli/terminal.h"
#include "cli/text_format.h"

namespace pointsman::cli {
namespace {

using base::Result;

constexpr std::size_t kMostAtOnce = 500;
constexpr const char* kClear = "\x1b[H\x1b[2J";

struct Options {
  LedgerChoice ledger;
  std::string since = "7d";
  std::size_t count = 25;
  std::string who;
  bool golden = false;
  bool again = false;
  bool agreement = false;
  std::string import;
};

void show_screen(const Labelling& labelling, std::string_view before, TerminalSize size, Output& out) {
  out.write(before);
  for (const std::string& line : labelling.session().screen(size.columns, size.rows)) out.print("{}\n", line);
  out.flush();
}

// False: the person wants to end, or a failure was told.
bool press_all(Labelling& labelling, const std::vector<learn::LabelKey>& keys, std::optional<base::Error>& failure) {
  for (const learn::LabelKey& key : keys) {
    const auto over = labelling.press(key);
    if (!over) failure = over.error();
    if (!over || *over) return false;
  }
  return true;
}

std::optional<base::Error> label_at_terminal(Labelling& labelling, const RawTerminal& terminal, Context& context) {
  const int out = ::fileno(context.out.file());
  LabelKeys keys;
  std::optional<base::Error> failure;
  for (bool more = true; more && !context.out.failed();) {
    show_screen(labelling, kClear, terminal_size(out), context.out);
    const std::string bytes = terminal.read();
    more = !bytes.empty() && press_all(labelling, keys.feed(bytes), failure);
  }
  context.out.write(kClear);
  return failure;
}

std::optional<base::Error> label_from_pipe(Labelling& labelling, Context& context) {
  LabelKeys keys;
  std::optional<base::Error> failure;
  std::vector<std::string> shown;
  const TerminalSize size;
  for (bool more = true; more && !context.out.failed();) {
    std::vector<std::string> screen = labelling.session().screen(size.columns, size.rows);
    if (screen != shown) show_screen(labelling, shown.empty() ? "" : "\n", size, context.out);
    shown = std::move(screen);
    const int c = std::fgetc(context.in);
    const char byte = static_cast<char>(c);
    more = c != EOF && press_all(labelling, keys.feed({&byte, 1}), failure);
  }
  return failure;
}

std::string nothing_to_label(const LabelBatch& batch, const Options& options) {
  if (batch.without_text > 0) {
    return fmt::format(
        "{} cannot be shown: their texts are not kept. `ledger: {{store_prompts: full}}` keeps those of decisions to "
        "come; with `pointsman feedback` you can still say what was right, if you know it",
        count_of(batch.without_text, "decision", "decisions"));
  }
  if (batch.decisions == 0)
    return "the router has decided nothing since then (--since " + printable(options.since) + ")";
  if (options.again) return "there is nothing that somebody else has labelled and you have not";
  return fmt::format("nothing is left to ask: {} of {} are labelled, and the others are like them", batch.labelled,
                     count_of(batch.decisions, "decision", "decisions"));
}

void tell_limits(const LabelBatch& batch, Context& context) {
  if (batch.without_text > 0) {
    context.err.print("{} left out: their texts are not kept (ledger: store_prompts)\n",
                      count_of(batch.without_text, "decision is", "decisions are"));
  }
  if (batch.beyond_limit > 0) {
    context.err.print("only the newest {} decisions are looked at; {} more are older\n", kMostCandidates,
                      batch.beyond_limit);
  }
}

// How it ended, once the terminal is as it was.
struct Ended {
  std::size_t labelled = 0;
  std::size_t skipped = 0;
  std::size_t taken = 0;
  std::optional<base::Error> failure;
};

Ended label(Labelling& labelling, Context& context) {
  Ended ended;
  auto terminal = context.out.is_tty() ? RawTerminal::open(::fileno(context.in)) : std::nullopt;
  ended.failure = terminal ? label_at_terminal(labelling, *terminal, context) : label_from_pipe(labelling, context);
  ended.labelled = labelling.session().labelled();
  ended.skipped = labelling.session().skipped();
  ended.taken = labelling.taken();
  return ended;
}

void tell(const Ended& ended, Context& context) {
  context.out.print("{} labelled, {} skipped\n", ended.labelled, ended.skipped);
  if (ended.taken > 0) context.err.print("{} left to others who are at them\n", ended.taken);
  if (ended.failure) context.fail(*ended.failure);
}

Result<std::optional<LabelBatch>> batch_for(const Options& options, const std::string& who, FeedbackBooks& books,
                                            Context& context) {
  BatchOptions how{.until = context.clock->wall(), .count = options.count};
  how.since = parse_instant(options.since, how.until).value_or(how.until);
  if (options.again) how.again = who;
  PM_TRY(LabelBatch batch, choose_batch(books, how));
  if (batch.picks.empty()) {
    context.err.print("{}\n", nothing_to_label(batch, options));
    return std::nullopt;
  }
  if (batch.categories.empty()) {
    return base::fail(base::ErrorCode::kNotFound, "the ledger does not hold the policy that names the categories");
  }
  tell_limits(batch, context);
  return batch;
}

void run_session(const Options& options, const std::string& who, FeedbackBooks& books, Context& context) {
  auto batch = batch_for(options, who, books, context);
  if (!batch) return context.fail(batch.error());
  if (!*batch) return;
  {
    Labelling labelling(books, *context.clock, std::move(**batch), who, options.golden);
    if (const auto begun = labelling.begin(); !begun) return context.fail(begun.error());
    tell(label(labelling, context), context);
  }
  context.finish();
  RawTerminal::end_by_signal();
}

void run_label(const Options& options, Context& context) {
  if (!parse_instant(options.since, context.clock->wall())) {
    return context.fail(fmt::format("--since {}: write 90s, 15m, 1h or 7d (ago), 2026-01-02 or 2026-01-02T15:04 (UTC)",
                                    printable(options.since)),
                        kUsage);
  }
  const auto who = annotator(options.who, context);
  if (!who && !options.agreement) return context.fail(who.error(), kUsage);
  auto books = FeedbackBooks::open(options.ledger, context);
  if (!books) return;
  if (options.agreement) return print_agreement(*books, context);
  if (!options.import.empty()) return import_feedback({options.import, *who, options.golden}, *books, context);
  run_session(options, *who, *books, context);
}

}  // namespace

void add_label_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("label", "Look at decisions one by one and say what would have been right");
  auto options = std::make_shared<Options>();
  command->add_option("--since", options->since, "Decisions from then on: 1h, 7d, 2026-01-02 (UTC)")
      ->capture_default_str();
  command->add_option("-n,--count", options->count, "So many at most")
      ->check(CLI::Range(std::size_t{1}, kMostAtOnce))
      ->capture_default_str();
  command->add_option("--who", options->who, "Who labels (default: $USER)")->type_name("NAME");
  command->add_flag("--golden", options->golden, "These labels judge candidates for ever, and never teach");
  auto* again = command->add_flag("--again", options->again, "What others have labelled, to see how far people agree");
  auto* import =
      command->add_option("--import", options->import, "Take labels from JSON Lines, as `feedback --import`");
  import->type_name("FILE")->excludes(again);
  command->add_flag("--agreement", options->agreement, "Only report how far people agree")
      ->excludes(again)
      ->excludes(import);
  options->ledger.add_options(*command);
  command->footer(
      "Keys: 1-9 a category, 0 none of them, s skip, u undo, ? help, q quit. One in five is drawn by chance, so that\n"
      "accuracy can be estimated; the others are those whose answers teach most. Each is yours for ten minutes: two\n"
      "people never get the same one at once. Texts must be kept (ledger: {store_prompts: full}).\n\n"
      "Example:\n  pointsman label --since 1d --golden");
  command->callback([options, &context] { run_label(*options, context); });
}

}  // namespace pointsman::cli
