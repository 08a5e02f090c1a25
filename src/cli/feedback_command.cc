#include "cli/feedback_command.h"

#include <CLI/CLI.hpp>

#include "cli/feedback_books.h"
#include "cli/feedback_import.h"
#include "cli/feedback_lines.h"
#include "cli/text_format.h"

namespace pointsman::cli {
namespace {

using base::ErrorCode;
using base::Result;
using ledger::Feedback;

struct Options {
  LedgerChoice ledger;
  std::string decision;
  std::string category;
  bool none = false;
  std::string verdict;
  int rating = 0;
  std::string comment;
  std::string corrected_output;
  std::string who;
  std::string key;
  bool golden = false;
  std::string import;
};

std::unexpected<base::Error> refuse(std::string message) {
  return base::fail(ErrorCode::kInvalidArgument, std::move(message));
}

Result<Feedback> statement(const Options& options, const Context& context) {
  Feedback said;
  PM_TRY(said.who, annotator(options.who, context));
  said.category = options.category;
  said.no_category = options.none;
  said.fit = ledger::fit_from(options.verdict).value_or(ledger::Fit::kUnsaid);
  if (options.rating != 0) said.rating = options.rating;
  said.comment = options.comment;
  said.corrected_output = options.corrected_output;
  said.golden = options.golden;
  const bool says = said.labels() || said.fit != ledger::Fit::kUnsaid || said.rating || !said.comment.empty() ||
                    !said.corrected_output.empty();
  if (!says) return refuse("say something: --category, --none, --verdict, --rating, --comment or --corrected-output");
  if (said.golden && !said.labels()) return refuse("--golden needs --category or --none");
  const auto too_long = [](const std::string& text, std::size_t most) { return text.size() > most; };
  if (too_long(said.comment, Feedback::kMaxComment) || too_long(said.corrected_output, Feedback::kMaxOutput)) {
    return refuse(fmt::format("a comment has at most {} bytes, a corrected output {}", Feedback::kMaxComment,
                              Feedback::kMaxOutput));
  }
  if (options.key.empty()) return said;
  const std::string wrong = wrong_name(options.key, Feedback::kMaxIdempotencyKey - chosen_key("").size());
  if (!wrong.empty()) return refuse("--idempotency-key " + wrong);
  said.idempotency_key = chosen_key(options.key);
  return said;
}

std::string told(const Feedback& said) {
  std::string out;
  const auto add = [&out](std::string_view part) { out += (out.empty() ? "" : ", ") + std::string(part); };
  if (said.labels()) add(said.no_category ? "none of the categories" : printable(said.category));
  if (said.fit != ledger::Fit::kUnsaid) add(to_string(said.fit));
  if (said.rating) add(fmt::format("rating {}", *said.rating));
  if (!said.comment.empty()) add("a comment");
  if (!said.corrected_output.empty()) add("a corrected output");
  return said.golden ? out + " (golden)" : out;
}

Result<void> keep(Feedback said, const Options& options, FeedbackBooks& books, Context& context) {
  PM_TRY(const ledger::Entry entry, books.find(options.decision));
  if (!said.category.empty()) {
    PM_TRY(const std::string wrong, books.wrong_category(entry, said.category));
    if (!wrong.empty()) return refuse(wrong);
  }
  said.decision = entry.id;
  said.id = feedback_ids().next(context.clock->wall());
  PM_TRY(const ledger::Receipt receipt, books.store().add(said, entry));
  if (receipt.repeated) {
    context.out.print("{} was there before, as {}\n", entry.id.to_string(), receipt.id.to_string());
  } else {
    context.out.print("{}: {}\n", entry.id.to_string(), told(said));
  }
  return {};
}

void run_feedback(const Options& options, Context& context) {
  if (options.decision.empty() == options.import.empty()) {
    return context.fail("name a decision, or a file with --import", kUsage);
  }
  if (!options.import.empty()) {
    // Lines may all say who speaks; those that do not need a name.
    const auto who = annotator(options.who, context);
    if (!who) return context.fail(who.error(), kUsage);
    auto books = FeedbackBooks::open(options.ledger, context);
    if (books) import_feedback({options.import, *who, options.golden}, *books, context);
    return;
  }
  auto said = statement(options, context);
  if (!said) return context.fail(said.error(), kUsage);
  auto books = FeedbackBooks::open(options.ledger, context);
  if (!books) return;
  if (const auto kept = keep(std::move(*said), options, *books, context); !kept) context.fail(kept.error());
}

void add_statement_options(CLI::App& command, Options& options) {
  CLI::Option* category = command.add_option("--category", options.category, "The category that would have been right");
  command.add_flag("--none", options.none, "It belongs to none of the categories")->excludes(category);
  command.add_option("--verdict", options.verdict, "Was the model that answered the right choice?")
      ->check(CLI::IsMember({"good_fit", "underpowered", "overpowered"}));
  command.add_option("--rating", options.rating, "How good the answer was")->check(CLI::Range(1, 5));
  command.add_option("--comment", options.comment, "In your words");
  command.add_option("--corrected-output", options.corrected_output, "What the answer should have been");
  command.add_option("--idempotency-key", options.key, "The same key again adds nothing");
}

}  // namespace

void add_feedback_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("feedback", "Say what would have been right about a decision");
  auto options = std::make_shared<Options>();
  command->add_option("decision", options->decision, "The decision's id, or its beginning");
  add_statement_options(*command, *options);
  command->add_option("--who", options->who, "Who says so (default: $USER)")->type_name("NAME");
  command->add_flag("--golden", options->golden, "Judges candidates for ever, and never teaches");
  command->add_option("--import", options->import, "Take statements from JSON Lines instead; all of them or none")
      ->type_name("FILE");
  options->ledger.add_options(*command);
  command->footer(
      "The id is in `pointsman log` and in the answer's header x-pointsman-decision-id. A line of a file looks like\n"
      "{\"decision_id\": \"0198f3a2-...\", \"category\": \"refunds\"}; further members are verdict, rating, comment,\n"
      "corrected_output, annotator, golden, slice, idempotency_key. Importing a file twice adds nothing.\n\n"
      "Examples:\n  pointsman feedback 0198f3a2-7c4d --category refunds\n"
      "  pointsman feedback --import corrections.jsonl");
  command->callback([options, &context] { run_feedback(*options, context); });
}

}  // namespace pointsman::cli
