#include "cli/eval_command.h"

#include <CLI/CLI.hpp>

#include "classify/assisted_classifier.h"
#include "cli/classifier_loader.h"
#include "cli/encoder_loader.h"
#include "cli/evaluation_page.h"
#include "cli/evaluation_text.h"
#include "cli/files.h"
#include "cli/off_policy_command.h"
#include "cli/text_format.h"
#include "learn/evaluate.h"

namespace pointsman::cli {
namespace {

struct Options {
  std::string data;
  std::string model{kBuiltinModel};
  std::string encoder;
  std::string html;
  bool json = false;
  bool off_policy = false;
  WhatIfOptions router;  // that is judged off-policy
};

// Labels that the model cannot give are most often a typing error or the wrong model; that deserves a word.
void tell_unknown(const learn::Dataset& data, const classify::LinearModel& model, Output& err) {
  for (const std::string& name : learn::category_names(data)) {
    const auto& known = model.categories();
    if (std::ranges::find(known, name) != known.end()) continue;
    err.print("note: the classifier does not know the category \"{}\"; its examples count as of no category\n",
              printable(name));
  }
}

void run_eval(const Options& options, Context& context) {
  if (options.data.empty()) return context.fail("eval needs the examples to judge by: DATA.jsonl", kUsage);
  const auto model = load_model(options.model, context.builtin_model);
  if (!model) return context.fail(model.error());
  const auto bytes = read_file(options.data, learn::ReadLimits().bytes);
  if (!bytes) return context.fail(bytes.error());
  const auto data = learn::read_jsonl(*bytes, options.data);
  if (!data) return context.fail(data.error());
  if (data->examples.empty()) return context.fail(options.data + ": holds no examples");
  std::shared_ptr<const classify::Classifier> classifier = *model;
  if (!options.encoder.empty()) {
    const auto encoder = load_encoder(find_encoder(options.encoder, "", context.environment), encode::Precision::kAuto);
    if (!encoder) return context.fail(encoder.error());
    auto assisted = classify::AssistedClassifier::make(*model, *encoder);
    if (!assisted) return context.fail(assisted.error());
    classifier = std::move(*assisted);
  } else if ((*model)->encoder() != nullptr) {
    context.err.write("note: this classifier was trained with an encoder; without --encoder it is judged without\n");
  }
  const auto evaluation = learn::evaluate(*classifier, *data);
  if (!evaluation) return context.fail(evaluation.error());
  if (!options.html.empty()) {
    const EvaluationPage page{options.model, (*model)->version(), options.data, *data, *evaluation};
    if (const auto written = replace_file(options.html, evaluation_page(page)); !written) {
      return context.fail(written.error());
    }
    context.err.print("wrote {}\n", options.html);
  }
  if (options.json) return context.out.write(evaluation_json(*evaluation, *data, (*model)->version()) + "\n");
  tell_unknown(*data, **model, context.err);
  context.out.print("{} on {} ({})\n\n", options.model, options.data,
                    count_of(evaluation->examples, "example", "examples"));
  print_evaluation(*evaluation, *data, context.out);
}

}  // namespace

void add_eval_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("eval", "Measure how good a classifier is on labelled examples");
  auto options = std::make_shared<Options>();
  command
      ->add_option(
          "data", options->data,
          "Examples, JSON Lines: {\"text\": ..., \"category\": ...}; with --off-policy rewards: {\"decision\": "
          "..., \"reward\": ...}, or nothing to judge by money")
      ->type_name("DATA.jsonl");
  const CLI::Option* model =
      command->add_option("--model", options->model, "The classifier: an artefact of `pointsman train`, or builtin")
          ->type_name("ARTEFACT")
          ->capture_default_str();
  command
      ->add_option("--encoder", options->encoder, "The sentence encoder it was trained with, asked where it is unsure")
      ->type_name("DIRECTORY|NAME");
  command->add_flag("--json", options->json, "One JSON object with every number");
  command->add_option("--html", options->html, "Also write a page with the pictures; it needs nothing else to be shown")
      ->type_name("FILE");
  command->add_flag("--off-policy", options->off_policy,
                    "Estimate from the ledger of a gateway that explores what another router would have earned");
  options->router.add_options(*command);
  command->footer(
      "Examples whose category is null, or one that the classifier does not know, test whether it notices texts that\n"
      "belong to no category.\n\n"
      "Intervals are 95 %. The examples should not be among those the classifier learnt from.\n\n"
      "--thresholds, --since, --until, --ledger and --config go with --off-policy, which needs router.explore. The "
      "exit\n"
      "code is 3 when the log cannot tell. Guide: docs/whatif.md.\n\n"
      "Example:\n  pointsman eval test.jsonl --model support.pm --html support.html\n"
      "  pointsman eval rewards.jsonl --off-policy --thresholds 0.8 --since 7d");
  command->callback([options, model, &context] {
    if (!options->off_policy) return run_eval(*options, context);
    const std::string classifier = model->count() > 0 ? options->model : "";
    run_off_policy({options->router, classifier, options->data, options->json}, context);
  });
}

}  // namespace pointsman::cli
