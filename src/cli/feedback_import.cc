#include "cli/feedback_import.h"

#include "cli/feedback_lines.h"
#include "cli/files.h"
#include "cli/text_format.h"
#include "learn/dataset.h"

namespace pointsman::cli {
namespace {

using base::Result;

constexpr std::size_t kProblemsShown = 100;

struct Import {
  std::vector<FeedbackLine> lines;
  std::string problems;
  std::size_t wrong = 0;

  void wrong_at(const ImportOptions& options, const FeedbackLine& line, std::size_t column, std::string_view what) {
    if (++wrong <= kProblemsShown) {
      problems += fmt::format("{}{}:{}:{}: {}", problems.empty() ? "" : "\n", options.file, line.line, column, what);
    }
  }
};

// Every line's decision and category, before anything is kept.
Result<void> check(const ImportOptions& options, FeedbackBooks& books, Import& import) {
  for (const FeedbackLine& line : import.lines) {
    PM_TRY(const std::optional<ledger::Entry> entry, books.find(line.said.decision));
    if (!entry) {
      import.wrong_at(options, line, line.decision_column,
                      "there is no decision " + line.said.decision.to_string() +
                          ": it was never made here, or it has been forgotten");
      continue;
    }
    if (line.said.category.empty()) continue;
    PM_TRY(const std::string wrong, books.wrong_category(*entry, line.said.category));
    if (!wrong.empty()) import.wrong_at(options, line, line.category_column, wrong);
  }
  if (import.wrong == 0) return {};
  if (import.wrong > kProblemsShown) import.problems += fmt::format("\nand {} more", import.wrong - kProblemsShown);
  return base::fail(base::ErrorCode::kInvalidArgument, import.problems);
}

Result<Import> read(const ImportOptions& options, FeedbackBooks& books) {
  Import import;
  PM_TRY(const std::string bytes, read_file(options.file, learn::ReadLimits().bytes));
  PM_TRY(import.lines, read_feedback_lines(bytes, options.file, options.annotator));
  for (FeedbackLine& line : import.lines) line.said.golden |= options.golden && line.said.labels();
  PM_CHECK(check(options, books, import));
  return import;
}

struct Count {
  std::size_t kept = 0;
  std::size_t repeated = 0;
};

Result<void> keep(Import& import, FeedbackBooks& books, const base::Clock& clock, Count& count) {
  base::UuidGenerator ids = feedback_ids();
  for (FeedbackLine& line : import.lines) {
    PM_TRY(const std::optional<ledger::Entry> entry, books.find(line.said.decision));
    if (!entry) return base::fail(base::ErrorCode::kNotFound, line.said.decision.to_string() + " was just forgotten");
    line.said.id = ids.next(clock.wall());
    auto receipt = books.store().add(line.said, *entry);
    if (!receipt) return base::fail(std::move(receipt).error().in(fmt::format("line {}", line.line)));
    ++(receipt->repeated ? count.repeated : count.kept);
  }
  return {};
}

}  // namespace

void import_feedback(const ImportOptions& options, FeedbackBooks& books, Context& context) {
  auto import = read(options, books);
  if (!import) {
    context.fail(import.error().message());
    return context.err.write("nothing was kept\n");
  }
  Count count;
  const auto done = keep(*import, books, *context.clock, count);
  if (!done) {
    context.fail(base::Error(done.error()).in(options.file));
    return context.err.print("{} of {} lines were kept; import the file again for the rest: no line is kept twice\n",
                             count.kept + count.repeated, import->lines.size());
  }
  context.out.print("{} kept", count_of(count.kept, "statement", "statements"));
  if (count.repeated > 0) context.out.print(", {} were there before", count.repeated);
  context.out.write("\n");
}

}  // namespace pointsman::cli
