#include "cli/pair_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>

#include "cli/classifier_loader.h"
#include "cli/exact_counters.h"
#include "cli/files.h"
#include "cli/find_config.h"
#include "cli/interview.h"
#include "cli/labelled_data.h"
#include "cli/opinion_survey.h"
#include "cli/pair_text.h"
#include "cli/paired_measurement.h"
#include "cli/promise_options.h"
#include "cli/request_prices.h"
#include "cli/text_format.h"
#include "config/small_model.h"

namespace pointsman::cli {
namespace {

using base::ErrorCode;
using base::Result;
using classify::RiskKind;
using learn::LossMatrix;

// With more unanswered than this share, what is measured is the provider's bad day.
constexpr double kMostUnheard = 0.01;

struct Options {
  std::string data;
  std::string config;
  std::string output;
  std::string answers;
  std::string shape = "40%";
  PromiseOptions promise;
  bool json = false;
};

// What the command works with, read and checked.
struct Job {
  config::Config config;
  std::string config_file;                             // empty: made from the environment
  std::shared_ptr<const classify::LinearModel> model;  // null: the configuration has none
  learn::Dataset data;
  learn::Promise promise;
  double teaching = 0;
  gateway::ConsultantPtr consultant;
  std::vector<Surveyed> requests;
};

std::vector<std::string> category_names_of(const config::Config& config) {
  std::vector<std::string> out;
  for (const config::CategoryConfig& one : config.categories) out.push_back(one.name);
  return out;
}

RiskKind kind_of(const Options& options) {
  return options.promise.any_mistake ? RiskKind::kAnyMistake : RiskKind::kUnderRouting;
}

Result<LossMatrix> losses_of(const Options& options, const Job& job) {
  const std::vector<std::string> known = category_names_of(job.config);
  for (const std::string& name : options.promise.order) {
    if (std::ranges::find(known, name) != known.end()) continue;
    return base::fail(ErrorCode::kInvalidArgument,
                      fmt::format("--order: the configuration has no category {}", printable(name)));
  }
  PM_TRY(std::vector<std::string> names, promised_categories(options.promise, &job.config, known));
  if (names.size() != known.size()) {
    return base::fail(ErrorCode::kInvalidArgument,
                      fmt::format("--order names {} of the configuration's {} categories; name them all", names.size(),
                                  known.size()));
  }
  return kind_of(options) == RiskKind::kAnyMistake ? LossMatrix::any_mistake(std::move(names))
                                                   : LossMatrix::under_routing(std::move(names));
}

Result<void> read_job(const Options& options, const Context& context, Job& job) {
  PM_TRY(job.promise, promise_of(options.promise));
  PM_TRY(job.teaching, share_of(options.shape, "--shape"));
  if (!job.config.router.llm) {
    return base::fail(ErrorCode::kInvalidArgument,
                      "the configuration names no small model; write router.llm: {provider: ..., model: ...} into it");
  }
  if (job.config.categories.size() < 2) {
    return base::fail(ErrorCode::kInvalidArgument, "the configuration has fewer than two categories to tell apart");
  }
  const auto& stages = job.config.router.stages;
  const bool local = std::ranges::find(stages, config::RouterStage::kLocal) != stages.end();
  if (local && job.config.router.classifier != "none") {
    PM_TRY(job.model, load_model(job.config.router.classifier, context.builtin_model));
  }
  PM_TRY(job.data, read_labelled(options.data));
  return check_can_prove(job.model.get(), job.data, options.data);
}

// Too few rows can prove nothing, whatever anybody answers: said before it costs anything.
Result<void> check_enough(const Options& options, const Job& job, const LossMatrix& losses) {
  std::size_t teaching = 0;
  for (const learn::Example& one : job.data.examples) teaching += teaches(one.text, job.teaching) ? 1 : 0;
  const std::size_t proving = job.data.examples.size() - teaching;
  const RowsNeeded needed = rows_needed_for(job.promise, losses.kind(), job.teaching);
  if (teaching >= needed.teaching && proving >= needed.proving) return {};
  return base::fail(ErrorCode::kInvalidArgument,
                    fmt::format("{}: {} are too few, so nobody was asked: {} teach what the opinion is worth (at least "
                                "{}), {} prove the promise (at least {}); label about {} in all",
                                options.data, count_of(job.data.examples.size(), "request", "requests"), teaching,
                                needed.teaching, proving, needed.proving, needed.all));
}

// What the classifier says of every request, as the gateway carries it to the configured categories.
Result<void> look(Job& job) {
  job.requests.resize(job.data.examples.size());
  for (std::size_t i = 0; i < job.requests.size(); ++i) job.requests[i].text = job.data.examples[i].text;
  if (!job.model) return {};
  std::vector<classify::Category> categories(job.config.categories.begin(), job.config.categories.end());
  PM_TRY(const classify::Cascade cascade, classify::Cascade::create(std::move(categories), {}));
  const classify::Projection projection(cascade, job.model->categories());
  const auto scratch = job.model->make_scratch();
  std::vector<float> raw(job.model->categories().size());
  for (std::size_t i = 0; i < job.requests.size(); ++i) {
    const learn::Example& one = job.data.examples[i];
    PM_CHECK(job.model->classify({one.text, one.context, one.tools}, *scratch, raw));
    job.requests[i].local = projection.apply(raw);
  }
  return {};
}

std::string what_to_do(const base::Error& error) {
  switch (error.upstream_status()) {
    case 401:
    case 403:
      return "; check the provider's api_key";
    case 404:
      return "; check the provider's base_url and the model's name";
    case 429:
      return "; the provider limits requests: wait, and run this again";
    default:
      return "";
  }
}

Result<void> ask(const Options& options, const Job& job, OpinionSurvey& survey) {
  auto asked = survey.ask();
  if (asked) return {};
  const base::Error& error = asked.error();
  return base::fail(error.code(), fmt::format("{}: {}{}; answers so far are kept in {}", job.consultant->model(),
                                              error.message(), what_to_do(error), options.answers));
}

Result<std::vector<MeasuredRow>> gather(const Options& options, const Job& job, const OpinionSurvey& survey) {
  const std::vector<std::string> names = category_names_of(job.config);
  std::vector<MeasuredRow> out;
  std::size_t unheard = 0;
  for (std::size_t i = 0; i < job.requests.size(); ++i) {
    const learn::Example& example = job.data.examples[i];
    MeasuredRow row{.local = job.requests[i].local, .shapes = teaches(example.text, job.teaching)};
    const auto truth = example.outside ? names.end() : std::ranges::find(names, example.category);
    row.truth = static_cast<std::size_t>(truth - names.begin());
    if (const KeptAnswer* answer = survey.answer(i)) {
      row.opinion = answer->opinion;
    } else {
      row.hearing = Hearing::kUnheard;
      ++unheard;
    }
    out.push_back(std::move(row));
  }
  if (static_cast<double>(unheard) <= kMostUnheard * static_cast<double>(out.size())) return out;
  return base::fail(ErrorCode::kUpstreamStatus,
                    fmt::format("{} of {} questions were not answered (first: {}); run this again: what was answered "
                                "is kept in {}",
                                unheard, out.size(), survey.first_failure(), options.answers));
}

std::optional<learn::Prices> prices_of(const Job& job, const std::vector<std::string>& categories,
                                       const AskingBill& bill) {
  const auto prices = RequestPrices::of(job.config, categories);
  if (!prices || !bill.question_dollars) return std::nullopt;
  learn::Prices out{.question = *bill.question_dollars, .category = std::vector<double>(categories.size(), 0)};
  const auto number = static_cast<double>(job.data.examples.size());
  for (const learn::Example& one : job.data.examples) {
    for (std::size_t c = 0; c < categories.size(); ++c) out.category[c] += prices->in_category(one, c) / number;
    out.fallback += prices->at_fallback(one) / number;
  }
  return out;
}

Result<Measurement> find_out(const Options& options, const Job& job, const LossMatrix& losses,
                             const OpinionSurvey& survey, const AskingBill& bill) {
  MeasurementInput input{.losses = losses, .promise = job.promise};
  const std::vector<std::string> names = category_names_of(job.config);
  for (const std::string& name : losses.categories()) {
    input.categories.push_back(static_cast<std::size_t>(std::ranges::find(names, name) - names.begin()));
  }
  PM_TRY(input.rows, gather(options, job, survey));
  input.prices = prices_of(job, losses.categories(), bill);
  PM_TRY(Measurement out, measure(input, kind_of(options), learn::content_hash(job.data)));
  out.pairing.classifier = job.model ? job.model->version() : "";
  out.pairing.model = job.consultant->model();
  out.pairing.prompt_version = job.consultant->prompt_version();
  return out;
}

void tell_notes(const Job& job, Output& err) {
  if (job.model && job.model->encoder() != nullptr) {
    err.write("note: what is measured is the classifier alone; with the pairing the gateway asks no encoder\n");
  }
  const std::size_t repeats = learn::find_repeats(job.data).duplicates.size();
  if (repeats > 0) {
    err.print("note: {} with the text of an earlier one; that is right only if requests repeat like this\n",
              count_of(repeats, "row", "rows"));
  }
  if (!job.consultant->prompt().worst_count()) {
    err.write(
        "note: this build cannot count tokens, so the prompt has no descriptions; a gateway that can count them would "
        "ask with another prompt, and refuse this pairing\n");
  }
}

// As the configuration would name it: paths in it are seen from its folder.
std::string path_in_config(const std::string& path, const std::string& config_file) {
  std::error_code failed;
  const auto folder = std::filesystem::absolute(config_file, failed).parent_path();
  const auto from_there = std::filesystem::proximate(path, folder, failed);
  return failed ? path : from_there.string();
}

void report(const Options& options, const Job& job, const Measurement& measured, const AskingBill& bill,
            Context& context) {
  const config::LlmConfig& llm = *job.config.router.llm;
  const PairReport shown{measured, bill, llm.model, path_in_config(options.output, job.config_file), llm.provider};
  if (options.json) return context.out.write(pairing_json(shown) + "\n");
  context.out.print("{} on {} ({})\n\n", printable(job.consultant->model(), 60), options.data,
                    count_of(job.data.examples.size(), "request", "requests"));
  print_pairing(shown, context.out);
}

Result<Measurement> run_job(const Options& options, Context& context, Job& job, AskingBill& bill) {
  PM_CHECK(fill_prices(job.config));
  PM_CHECK(read_job(options, context, job));
  PM_TRY(const LossMatrix losses, losses_of(options, job));
  PM_CHECK(check_enough(options, job, losses));
  PM_TRY(job.consultant, gateway::make_consultant(patient(job.config), exact_counters(job.config)));
  PM_CHECK(look(job));
  PM_TRY(KeptAnswers answers, KeptAnswers::open(options.answers));
  OpinionSurvey survey(job.consultant, job.requests, answers, context.err);
  PM_CHECK(ask(options, job, survey));
  bill = survey.bill(job.config.router.llm->deadline);
  return find_out(options, job, losses, survey, bill);
}

void run_pair(Options options, Context& context) {
  if (options.answers.empty()) options.answers = options.output + ".answers.jsonl";
  auto found = find_config(options.config, context, config::Pairings::kIgnored);
  if (!found) return;
  Job job{.config = std::move(found->config), .config_file = std::move(found->file)};
  AskingBill bill;
  const auto measured = run_job(options, context, job, bill);
  if (!measured) return context.fail(measured.error());
  const auto written = replace_file(options.output, classify::write_pairing(measured->pairing));
  if (!written) return context.fail(written.error());
  report(options, job, *measured, bill, context);
  tell_notes(job, context.err);
  context.err.print("wrote {}; answers are kept in {}\n", options.output, options.answers);
  if (!measured->pairing.certified) context.exit_code = kCheckFailed;
}

}  // namespace

void add_pair_command(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("pair", "Measure a small model's opinion, and find thresholds for it and the classifier");
  auto options = std::make_shared<Options>();
  command->add_option("data", options->data, "Labelled requests, JSON Lines: {\"text\": ..., \"category\": ...}")
      ->required()
      ->type_name("DATA.jsonl");
  command->add_option("--config", options->config, "The configuration with router.llm")->type_name("FILE");
  command->add_option("-o,--output", options->output, "The pairing to write, for router.llm.pairing")
      ->required()
      ->type_name("PAIR.json");
  add_promise_options(*command, options->promise);
  command
      ->add_option("--shape", options->shape,
                   "Share of the requests that teaches what the opinion is worth; the rest "
                   "proves")
      ->type_name("SHARE")
      ->capture_default_str();
  command
      ->add_option("--answers", options->answers,
                   "Where answers are kept, so that nothing is asked twice (default: PAIR.json.answers.jsonl)")
      ->type_name("ANSWERS.jsonl");
  command->add_flag("--json", options->json, "One JSON object with every number");
  command->footer(
      "The small model of router.llm is asked about every request once, for real, and its provider bills it. Answers "
      "are\n"
      "kept as they come: after Ctrl-C, run it again. The requests must be drawn like those to come, and the "
      "classifier\n"
      "must not have learnt from them. A request of no category carries any other name; keeping it is wrong. The exit "
      "code\n"
      "is 3 if nothing can be certified.\n\n"
      "Example:\n  pointsman pair labelled.jsonl --config pointsman.yaml --risk 2% -o pair.json");
  command->callback([options, &context] { run_pair(*options, context); });
}

}  // namespace pointsman::cli
