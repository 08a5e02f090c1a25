#include "cli/train_command.h"

#include <CLI/CLI.hpp>
#include <map>
#include <thread>

#include "classify/linear_model.h"
#include "cli/classifier_loader.h"
#include "cli/encoder_loader.h"
#include "cli/files.h"
#include "cli/find_config.h"
#include "cli/progress_line.h"
#include "cli/text_format.h"
#include "cli/train_from_ledger.h"
#include "cli/training_text.h"
#include "learn/train.h"

namespace pointsman::cli {
namespace {

using base::Result;
using Steady = std::chrono::steady_clock;

struct Options {
  LedgerTrainOptions from_ledger;  // with `learn`
  bool learn = false;
  std::string data;
  std::string output;
  std::string config;
  std::string background;
  std::string table;
  std::string encoder;
  int folds = 5;
  learn::Effort effort = learn::Effort::kBalanced;
  std::uint64_t seed = 1;
  int threads = 0;
  bool no_texts = false;
  bool json = false;
};

// With a data set the configuration's examples only teach; alone, they are the data set.
void use_config(const config::Config& config, bool alone, learn::Dataset& data, learn::TrainOptions& out) {
  for (const config::CategoryConfig& category : config.categories) {
    classify::Category plain = category;
    if (alone) {
      for (std::string& text : plain.examples) data.examples.push_back({.text = text, .category = category.name});
      plain.examples.clear();
    }
    out.categories.push_back(std::move(plain));
  }
}

struct Job {
  learn::Dataset data;
  learn::TrainOptions options;
  std::string artefact;
};

// What another classifier learnt from, as far as its artefact keeps it.
Result<learn::Dataset> examples_of(const std::string& name, const Context& context) {
  PM_TRY(const auto model, load_model(name, context.builtin_model));
  learn::Dataset out;
  for (const classify::StoredExample& one : model->artefact().examples()) {
    out.examples.push_back({.text = std::string(one.text), .category = model->categories()[one.category]});
  }
  if (!out.examples.empty()) return out;
  return base::fail(base::ErrorCode::kInvalidArgument, "the classifier " + name + " keeps no examples to learn from");
}

// False after a failure, which has then been told.
bool prepare(const Options& options, Context& context, Job& job) {
  if (!options.data.empty()) {
    const auto bytes = read_file(options.data, learn::ReadLimits().bytes);
    if (!bytes) return context.fail(bytes.error()), false;
    auto data = learn::read_jsonl(*bytes, options.data);
    if (!data) return context.fail(data.error()), false;
    job.data = std::move(*data);
  }
  if (!options.config.empty()) {
    const auto found = find_config(options.config, context);
    if (!found) return false;
    use_config(found->config, options.data.empty(), job.data, job.options);
  }
  if (!options.background.empty()) {
    auto background = examples_of(options.background, context);
    if (!background) return context.fail(background.error()), false;
    job.options.background = std::move(*background);
  }
  if (!options.table.empty()) {
    auto table = load_table(find_encoder(options.table, kTableSuffix, context.environment));
    if (!table) return context.fail(table.error()), false;
    job.options.table = std::move(*table);
  }
  if (!options.encoder.empty()) {
    auto encoder = load_encoder(find_encoder(options.encoder, "", context.environment), encode::Precision::kAuto);
    if (!encoder) return context.fail(encoder.error()), false;
    job.options.encoder = std::move(*encoder);
  }
  const unsigned cores = std::max(std::thread::hardware_concurrency(), 1U);
  job.options.threads = options.threads > 0 ? options.threads : static_cast<int>(std::min(cores, 16U));
  job.options.folds = options.folds;
  job.options.effort = options.effort;
  job.options.seed = options.seed;
  job.options.keep_examples = !options.no_texts;
  job.options.created_by = fmt::format("pointsman {}", context.version);
  return true;
}

learn::LearningCurve curve_of(const Job& job, float l2) {
  return learn::learning_curve(job.data, {.l2 = l2,
                                          .folds = job.options.folds,
                                          .use_groups = job.options.use_groups,
                                          .threads = job.options.threads,
                                          .seed = job.options.seed,
                                          .vocabulary = job.options.vocabulary});
}

Result<learn::Trained> train(const Job& job, Output& err) {
  ProgressLine line(err);
  auto trained = learn::train(job.data, job.options, [&](const learn::Progress& progress) { line.show(progress); });
  if (!trained) return trained;
  line.show({"learning curve", 0, 1});
  trained->report.curve = curve_of(job, trained->report.l2);
  return trained;
}

void learn_from_ledger(const Options& options, Context& context) {
  if (!options.data.empty() || !options.background.empty() || !options.table.empty() || !options.encoder.empty()) {
    return context.fail("--from-ledger goes with none of DATA, --background, --table and --encoder", kUsage);
  }
  LedgerTrainOptions how = options.from_ledger;
  how.config = options.config;
  how.output = options.output;
  how.effort = options.effort;
  how.seed = options.seed;
  how.threads = options.threads;
  how.folds = options.folds;
  how.json = options.json;
  train_from_ledger(how, context);
}

void run_train(const Options& options, Context& context) {
  if (options.learn) return learn_from_ledger(options, context);
  if (options.output.empty()) return context.fail("where to? give -o ARTEFACT", kUsage);
  if (options.data.empty() && options.config.empty()) {
    return context.fail("nothing to learn from: give DATA.jsonl, --config FILE, or both", kUsage);
  }
  const auto begin = Steady::now();
  Job job;
  if (!prepare(options, context, job)) return;
  const auto trained = train(job, context.err);
  if (!trained) return context.fail(trained.error());
  const auto model = classify::LinearModel::from_string(trained->artefact);
  if (!model) return context.fail(base::Error(model.error()).in("the artefact does not read back"));
  if (const auto written = replace_file(options.output, trained->artefact); !written) {
    return context.fail(written.error());
  }
  if (options.json) {
    context.out.write(trained->report.to_json() + "\n");
  } else {
    print_training(trained->report, job.data, context.out);
  }
  context.err.print("wrote {} ({} KiB, {:.12}) in {:.1f} s\n", options.output, (trained->artefact.size() + 1023) / 1024,
                    (*model)->version(), std::chrono::duration<double>(Steady::now() - begin).count());
}

}  // namespace

void add_train_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("train", "Learn a classifier from labelled examples, and tell how good it is");
  auto options = std::make_shared<Options>();
  command->add_option("data", options->data, "Examples, JSON Lines: {\"text\": ..., \"category\": ...}")
      ->type_name("DATA.jsonl");
  command->add_option("-o,--output", options->output, "The artefact to write; replaced in one step if it exists")
      ->type_name("ARTEFACT");
  command->add_flag("--from-ledger", options->learn,
                    "Learn from corrections and the small model's verdicts, with the configuration's examples and the "
                    "classifier's; the candidate goes to the registry (`pointsman models`)");
  command->add_option("--ledger", options->from_ledger.ledger, "Directory of the ledger (default: the configuration's)")
      ->type_name("DIR");
  command
      ->add_option("--save-lessons", options->from_ledger.save_lessons,
                   "With --from-ledger: write what taught, to train the same again")
      ->type_name("FILE");
  command->add_flag("--low-priority", options->from_ledger.low_priority,
                    "With --from-ledger: take only the processor time that nobody else wants");
  command->add_flag("--child", options->from_ledger.child)->group("");  // of a gateway that trains by schedule
  command->add_option("--config", options->config, "Also learn from this configuration's categories and examples")
      ->type_name("FILE");
  command
      ->add_option("--background", options->background,
                   "Also learn from the examples in this artefact, in categories of the same name")
      ->type_name("ARTEFACT|builtin");
  command
      ->add_option("--table", options->table,
                   "Token vectors that join the words (`pointsman encoder distill`); packed into the artefact")
      ->type_name("TABLE");
  command
      ->add_option("--encoder", options->encoder,
                   "A sentence encoder to ask where words leave doubt; kept if that helps, and then needed to serve")
      ->type_name("DIRECTORY|NAME");
  command->add_option("--folds", options->folds, "Parts the data is split into for judging")
      ->check(CLI::Range(2, 20))
      ->capture_default_str();
  static const std::map<std::string, learn::Effort> kEfforts{
      {"fast", learn::Effort::kFast}, {"balanced", learn::Effort::kBalanced}, {"thorough", learn::Effort::kThorough}};
  command
      ->add_option("--effort", options->effort,
                   "fast: word and character n-grams alone; balanced: a small character network besides, where it "
                   "helps; thorough: a larger one")
      ->transform(CLI::CheckedTransformer(kEfforts, CLI::ignore_case).description(""))
      ->type_name("fast|balanced|thorough")
      ->default_str("balanced");
  command->add_option("--seed", options->seed, "The same data and seed give the same artefact")->capture_default_str();
  command->add_option("--threads", options->threads, "How many to use; 0: one for each core")
      ->check(CLI::Range(0, 256));
  command->add_flag("--no-texts", options->no_texts,
                    "Keep no texts of examples in the artefact; explanations then go without the nearest ones");
  command->add_flag("--json", options->json, "The report as one JSON object");
  command->footer(
      "Every number of the report is out of fold: each example is judged by a model that has not seen it.\n"
      "Examples may carry \"context\", \"tools\", \"weight\" and \"group\" besides.\n\n"
      "Example:\n  pointsman train examples.jsonl -o support.pm");
  command->callback([options, &context] { run_train(*options, context); });
}

}  // namespace pointsman::cli
