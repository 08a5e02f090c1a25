#include "cli/outcomes_command.h"

#include <CLI/CLI.hpp>

#include "cli/files.h"
#include "cli/outcomes_text.h"
#include "cli/text_format.h"
#include "config/units.h"

namespace pointsman::cli {
namespace {

using base::ErrorCode;
using base::Result;

struct Options {
  std::string data;
  std::string quality = "99%";
  std::string confidence = "95%";
  std::string worthwhile = "5%";
  bool held_out = false;
  std::uint64_t seed = 1;
  bool json = false;
};

Result<double> share_of(const std::string& text, std::string_view option) {
  const auto share = config::parse_share(text);
  if (share && *share > 0 && *share < 1) return *share;
  return base::fail(ErrorCode::kInvalidArgument,
                    fmt::format("{} {}: write a percentage above 0 and below 100, such as 99% or 0.99", option, text));
}

Result<learn::StudyOptions> study_options(const Options& options) {
  learn::StudyOptions out;
  PM_TRY(out.promise.quality, share_of(options.quality, "--quality"));
  PM_TRY(out.promise.confidence, share_of(options.confidence, "--confidence"));
  PM_TRY(out.worthwhile, share_of(options.worthwhile, "--worthwhile"));
  out.whole_subjects = options.held_out;
  out.seed = options.seed;
  return out;
}

Result<learn::RoutingStudy> study(const Options& options, learn::Outcomes& outcomes) {
  PM_TRY(const learn::StudyOptions how, study_options(options));
  PM_TRY(const std::string bytes, read_file(options.data, learn::ReadLimits().bytes));
  PM_TRY(outcomes, learn::read_outcomes(bytes, options.data));
  auto out = learn::study_routing(outcomes, how);
  if (!out) return base::fail(std::move(out).error().in(options.data));
  return out;
}

void run_outcomes(const Options& options, Context& context) {
  learn::Outcomes outcomes;
  const auto result = study(options, outcomes);
  if (!result) return context.fail(result.error());
  if (options.json) {
    context.out.write(result->to_json() + "\n");
  } else {
    print_routing_study(*result, context.out);
  }
  if (result->verdict != learn::Verdict::kPays) context.exit_code = kCheckFailed;
}

void add_promise_options(CLI::App& command, const std::shared_ptr<Options>& options) {
  command
      .add_option("--quality", options->quality, "Least quality of routed answers, as a share of the strong model's")
      ->type_name("SHARE")
      ->capture_default_str();
  command.add_option("--confidence", options->confidence, "How certain that must be")
      ->type_name("SHARE")
      ->capture_default_str();
  command
      .add_option("--worthwhile", options->worthwhile, "Least share of the cost that must be saved to call it paying")
      ->type_name("SHARE")
      ->capture_default_str();
}

}  // namespace

void add_outcomes_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("outcomes", "Find out whether routing between two models would pay");
  auto options = std::make_shared<Options>();
  command
      ->add_option("data", options->data,
                   "What both models made of each request, JSON Lines: {\"text\": ..., \"weak_correct\": true, "
                   "\"strong_correct\": true}")
      ->required()
      ->type_name("FILE.jsonl");
  add_promise_options(*command, options);
  command->add_flag("--held-out-subjects", options->held_out,
                    "Judge by subjects that were not learnt from: what happens when topics change");
  command->add_option("--seed", options->seed, "Which half of the rows teaches, and which resamples give the intervals")
      ->type_name("N")
      ->capture_default_str();
  command->add_flag("--json", options->json, "One JSON object with every number");
  command->footer(
      "Grades from 0 to 1 go into \"weak_quality\" and \"strong_quality\" instead; \"weak_cost\" and \"strong_cost\", "
      "in\n"
      "one unit, turn saved calls into saved money; \"subject\" lets topics be learnt from. Half of the rows teaches, "
      "half\n"
      "judges. The exit code is 3 unless routing pays. Guide: docs/routing-pays.md.\n\n"
      "Example:\n  pointsman outcomes answers.jsonl --quality 98%");
  command->callback([options, &context] { run_outcomes(*options, context); });
}

}  // namespace pointsman::cli
