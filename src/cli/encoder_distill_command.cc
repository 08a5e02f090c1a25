#include <CLI/CLI.hpp>
#include <chrono>
#include <thread>

#include "cli/encoder_command.h"
#include "cli/encoder_loader.h"
#include "cli/files.h"
#include "encode/bert.h"
#include "json/writer.h"
#include "learn/dataset.h"
#include "learn/distillation.h"

namespace pointsman::cli {
namespace {

using base::Result;
using Steady = std::chrono::steady_clock;

struct Options {
  std::string encoder;
  std::string output;
  std::vector<std::string> texts;
  std::size_t dimensions = 256;
  int threads = 0;
};

// One line that rewrites itself on a terminal, nothing elsewhere but the stages.
class Progress {
 public:
  explicit Progress(Output& err) : err_(err) {}
  void show(std::string_view stage, double share) {
    if (err_.is_tty()) {
      err_.print("\r\x1b[K{} {:.0f} %", stage, share * 100);
      if (share >= 1) err_.write("\r\x1b[K");
    } else if (stage != stage_) {
      err_.print("{}\n", stage);
    }
    stage_ = stage;
    err_.flush();
  }

 private:
  Output& err_;
  std::string stage_;
};

Result<learn::Dataset> read_texts(const std::vector<std::string>& files) {
  learn::Dataset out;
  for (const std::string& file : files) {
    PM_TRY(const std::string bytes, read_file(file, learn::ReadLimits().bytes));
    PM_TRY(learn::Dataset one, learn::read_jsonl(bytes, file));
    for (learn::Example& example : one.examples) out.examples.push_back(std::move(example));
  }
  return out;
}

std::string card_of(const encode::Encoder& encoder, std::size_t texts, std::string_view version) {
  std::string card;
  json::Writer(card)
      .begin_object()
      .member("created_by", "pointsman " + std::string(version))
      .member("encoder", encoder.id())
      .member("texts", texts)
      .end_object();
  return card;
}

void run_distill(const Options& options, Context& context) {
  const auto begin = Steady::now();
  const std::string directory = find_encoder(options.encoder, "", context.environment);
  const auto mapped = map_model(directory);
  if (!mapped) return context.fail(mapped.error());
  auto model = encode::read_model(mapped->files);
  if (!model) return context.fail(std::move(model).error().in(directory));
  if (model->kind != encode::Model::Kind::kBert) return context.fail(directory + ": holds token vectors already");
  const encode::WordPiece tokenizer = *model->tokenizer;
  const auto encoder = encode::BertEncoder::open(std::move(*model), encode::Precision::kAuto, mapped->owner);
  if (!encoder) return context.fail(encoder.error());
  const auto texts = read_texts(options.texts);
  if (!texts) return context.fail(texts.error());
  const unsigned cores = std::max(std::thread::hardware_concurrency(), 1U);
  const int threads = options.threads > 0 ? options.threads : static_cast<int>(std::min(cores, 16U));
  Progress progress(context.err);
  std::vector<std::string_view> views;
  for (const learn::Example& example : texts->examples) views.push_back(example.text);
  const auto parts = learn::distil(**encoder, tokenizer,
                                   {.options = {.dimensions = options.dimensions},
                                    .texts = views,
                                    .card = card_of(**encoder, views.size(), context.version),
                                    .threads = threads},
                                   [&](std::string_view stage, double share) { progress.show(stage, share); });
  const std::string bytes = encode::write_table(parts);
  if (const auto table = encode::StaticTable::from_string(bytes); !table) return context.fail(table.error());
  if (const auto written = replace_file(options.output, bytes); !written) return context.fail(written.error());
  context.err.print("wrote {} ({} KiB, {} pieces of {} dimensions, learnt from {} texts) in {:.1f} s\n", options.output,
                    bytes.size() / 1024, parts.pieces.size(), parts.dimensions, texts->examples.size(),
                    std::chrono::duration<double>(Steady::now() - begin).count());
}

}  // namespace

void add_encoder_distill_command(CLI::App& encoder, Context& context) {
  CLI::App* command =
      encoder.add_subcommand("distill", "Turn an encoder into a table of token vectors, which answers in microseconds");
  auto options = std::make_shared<Options>();
  command->add_option("encoder", options->encoder, "A directory, or the name of an imported one")->required();
  command->add_option("-o,--output", options->output, "The table to write; replaced in one step if it exists")
      ->required()
      ->type_name("TABLE");
  command
      ->add_option("--texts", options->texts,
                   "Texts like those to come, JSON Lines with \"text\"; labels are not needed and not used. Makes the "
                   "table much better")
      ->type_name("DATA.jsonl");
  command->add_option("--dimensions", options->dimensions, "Kept of the encoder's")
      ->check(CLI::Range(8, 4096))
      ->capture_default_str();
  command->add_option("--threads", options->threads, "How many to use; 0: one for each core")
      ->check(CLI::Range(0, 256));
  command->callback([options, &context] { run_distill(*options, context); });
}

}  // namespace pointsman::cli
