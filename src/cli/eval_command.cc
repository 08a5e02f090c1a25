#include "cli/eval_command.h"

#include <CLI/CLI.hpp>

#include "classify/assisted_classifier.h"
#include "cli/classifier_loader.h"
#include "cli/encoder_loader.h"
#include "cli/evaluation_page.h"
#include "cli/evaluation_text.h"
#include "cli/files.h"
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
  command->add_option("data", options->data, "Examples, JSON Lines: {\"text\": ..., \"category\": ...}")
      ->required()
      ->type_name("DATA.jsonl");
  command->add_option("--model", options->model, "The classifier: an artefact of `pointsman train`, or builtin")
      ->type_name("ARTEFACT")
      ->capture_default_str();
  command
      ->add_option("--encoder", options->encoder, "The sentence encoder it was trained with, asked where it is unsure")
      ->type_name("DIRECTORY|NAME");
  command->add_flag("--json", options->json, "One JSON object with every number");
  command->add_option("--html", options->html, "Also write a page with the pictures; it needs nothing else to be shown")
      ->type_name("FILE");
  command->footer(
      "Examples whose category is null, or one that the classifier does not know, test whether it notices texts that\n"
      "belong to no category.\n\n"
      "Intervals are 95 %. The examples should not be among those the classifier learnt from.\n\n"
      "Example:\n  pointsman eval test.jsonl --model support.pm --html support.html");
  command->callback([options, &context] { run_eval(*options, context); });
}

}  // namespace pointsman::cli
