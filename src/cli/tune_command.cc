#include "cli/tune_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "classify/assisted_classifier.h"
#include "cli/classifier_loader.h"
#include "cli/encoder_loader.h"
#include "cli/files.h"
#include "cli/find_config.h"
#include "cli/labelled_data.h"
#include "cli/promise_options.h"
#include "cli/request_prices.h"
#include "cli/text_format.h"
#include "cli/tuning.h"
#include "cli/tuning_text.h"

namespace pointsman::cli {
namespace {

using base::ErrorCode;
using base::Result;
using classify::RiskKind;
using learn::LossMatrix;

struct Options {
  std::string data;
  std::string model{kBuiltinModel};
  std::string encoder;
  PromiseOptions promise;
  std::string cost;
  std::string shape;
  std::string config;
  std::string output;
  bool json = false;
};

// What the command works with, read and checked.
struct Job {
  std::shared_ptr<const classify::LinearModel> model;
  std::shared_ptr<const classify::Classifier> classifier;  // the model, or the model with its encoder
  std::string encoder;                                     // id; empty: the model alone
  learn::Dataset data;
  learn::Dataset shape;
  std::optional<config::Config> config;
  learn::Promise promise;
};

RiskKind kind_of(const Options& options, const Job& job) {
  if (!options.cost.empty()) return RiskKind::kCost;
  const bool ordered = !options.promise.order.empty() || job.config;
  return ordered && !options.promise.any_mistake ? RiskKind::kUnderRouting : RiskKind::kAnyMistake;
}

Result<LossMatrix> losses_of(const Options& options, const Job& job) {
  PM_TRY(std::vector<std::string> names,
         promised_categories(options.promise, job.config ? &*job.config : nullptr, job.model->categories()));
  switch (kind_of(options, job)) {
    case RiskKind::kUnderRouting:
      return LossMatrix::under_routing(std::move(names));
    case RiskKind::kAnyMistake:
      return LossMatrix::any_mistake(std::move(names));
    case RiskKind::kCost:
      break;
  }
  PM_TRY(const std::string text, read_file(options.cost, classify::kMaxCertificate));
  auto read = LossMatrix::read_costs(text, std::move(names));
  if (!read) return base::fail(std::move(read).error().in(options.cost));
  return read;
}

Result<void> load_classifier(const Options& options, const Context& context, Job& job) {
  PM_TRY(job.model, load_model(options.model, context.builtin_model));
  job.classifier = job.model;
  if (options.encoder.empty()) return {};
  PM_TRY(const auto encoder, encoder_loader(context.environment)(options.encoder, encode::Precision::kAuto));
  PM_TRY(job.classifier, classify::AssistedClassifier::make(job.model, encoder));
  job.encoder = encoder->id();
  return {};
}

Result<void> read_job(const Options& options, const Context& context, Job& job) {
  PM_TRY(job.promise, promise_of(options.promise));
  PM_CHECK(load_classifier(options, context, job));
  PM_TRY(job.data, read_labelled(options.data));
  PM_CHECK(check_can_prove(job.model.get(), job.data, options.data));
  if (options.shape.empty()) return {};
  PM_TRY(job.shape, read_labelled(options.shape));
  if (learn::content_hash(job.shape) != learn::content_hash(job.data)) return {};
  return base::fail(ErrorCode::kInvalidArgument, "--shape: must be other examples than those that prove");
}

Result<Tuning> find_out(const Options& options, const Job& job) {
  PM_TRY(const LossMatrix losses, losses_of(options, job));
  TuningInput input{.losses = losses, .kind = kind_of(options, job), .promise = job.promise};
  PM_TRY(input.calls, learn::call_all(*job.classifier, losses, job.data));
  PM_TRY(input.shape, learn::call_all(*job.classifier, losses, job.shape));
  if (job.config) input.prices = price_calls(*job.config, losses, job.data, input.calls);
  input.classifier = job.model->version();
  input.encoder = job.encoder;
  input.data = learn::content_hash(job.data);
  Tuning out = tune(input);
  out.outside = static_cast<std::size_t>(std::ranges::count_if(
      job.data.examples, [&](const learn::Example& one) { return losses.truth_of(one.category) == losses.outside(); }));
  return out;
}

void tell_notes(const Options& options, const Job& job, const Tuning& tuning, Output& err) {
  if (options.promise.order.empty() && options.cost.empty() && !options.promise.any_mistake && !job.config) {
    err.write("note: without --order or --config every mistake counts, whichever way it goes\n");
  }
  if (job.model->encoder() != nullptr && job.encoder.empty()) {
    err.write(
        "note: this classifier was trained with an encoder; what is proved without --encoder is about the classifier "
        "alone, and the gateway will not ask the encoder\n");
  }
  if (job.config && !tuning.fallback_dollars) {
    err.write("note: some model of the configuration has no known price, so no money is shown\n");
  }
  const std::size_t repeats = learn::find_repeats(job.data).duplicates.size();
  if (repeats > 0) {
    err.print("note: {} with the text of an earlier one; that is right only if requests repeat like this\n",
              count_of(repeats, "row", "rows"));
  }
}

void run_tune(const Options& options, Context& context) {
  Job job;
  if (const auto read = read_job(options, context, job); !read) return context.fail(read.error());
  if (!options.config.empty()) {
    auto found = find_config(options.config, context);
    if (!found) return;
    job.config = std::move(found->config);
    if (const auto filled = fill_prices(*job.config); !filled) return context.fail(filled.error());
  }
  const auto tuning = find_out(options, job);
  if (!tuning) return context.fail(tuning.error());
  if (!options.output.empty()) {
    const auto written = replace_file(options.output, classify::write_certificate(tuning->certificate));
    if (!written) return context.fail(written.error());
  }
  if (options.json) {
    context.out.write(tuning_json(*tuning) + "\n");
  } else {
    context.out.print(
        "{}{} on {}\n\n", options.model,
        job.encoder.empty() ? "" : fmt::format(" with the encoder {} ({:.12})", options.encoder, job.encoder),
        options.data + fmt::format(" ({})", count_of(job.data.examples.size(), "request", "requests")));
    print_tuning(*tuning, context.out);
  }
  tell_notes(options, job, *tuning, context.err);
  if (!options.output.empty()) context.err.print("wrote {}\n", options.output);
  if (!tuning->certificate.certified) context.exit_code = kCheckFailed;
}

}  // namespace

void add_tune_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("tune", "Find thresholds that provably keep mistakes below a stated share");
  auto options = std::make_shared<Options>();
  command->add_option("data", options->data, "Labelled requests, JSON Lines: {\"text\": ..., \"category\": ...}")
      ->required()
      ->type_name("DATA.jsonl");
  command->add_option("--model", options->model, "The classifier: an artefact of `pointsman train`, or builtin")
      ->type_name("ARTEFACT")
      ->capture_default_str();
  command
      ->add_option("--encoder", options->encoder,
                   "The sentence encoder it was trained with, asked where it is unsure; router.encoder must then be it")
      ->type_name("DIRECTORY|NAME");
  const PromiseFlags promise = add_promise_options(*command, options->promise);
  command
      ->add_option("--cost", options->cost, "Costs from 0 to 1 as JSON: {\"needed\": {\"sent\": 0.3}}; others cost 1")
      ->type_name("FILE")
      ->excludes(promise.order)
      ->excludes(promise.any_mistake);
  command
      ->add_option("--shape", options->shape,
                   "Other labelled requests that say where categories differ; they prove nothing, but more stays local")
      ->type_name("DATA.jsonl");
  command->add_option("--config", options->config, "Take categories and prices from this configuration")
      ->type_name("FILE");
  command->add_option("-o,--output", options->output, "The certificate to write, for router.risk.certificate")
      ->type_name("CERT.json");
  command->add_flag("--json", options->json, "One JSON object with every number");
  command->footer(
      "The requests must be drawn like those to come, and the classifier must not have learnt from them. A request of "
      "no\n"
      "category carries any other name; keeping it is wrong. Below its category's threshold a request goes to the\n"
      "fallback, which is never wrong here. The exit code is 3 if nothing can be certified; the certificate then "
      "sends\n"
      "everything to the fallback and says how many labels are missing. Whether two models are worth routing between "
      "is\n"
      "another question: `pointsman outcomes` answers it.\n\n"
      "Example:\n  pointsman tune labelled.jsonl --model mine.pm --risk 2% --order simple,tool_use,reasoning -o "
      "risk.json");
  command->callback([options, &context] { run_tune(*options, context); });
}

}  // namespace pointsman::cli
