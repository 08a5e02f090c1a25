#include "cli/encoder_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>

#include "cli/encoder_loader.h"
#include "cli/table.h"
#include "cli/text_format.h"
#include "encode/bert.h"
#include "json/writer.h"

namespace pointsman::cli {
namespace {

namespace fs = std::filesystem;
using base::Result;

struct ImportOptions {
  std::string directory;
  std::string name;
  bool force = false;
};

struct CheckOptions {
  std::string name;
  bool json = false;
};

// What a file or directory is, in a few words, or why it is nothing.
struct Kind {
  std::string what;
  std::size_t dimensions = 0;
  std::string id;
  std::string problem;
};

Kind kind_of(const std::string& path) {
  if (path.ends_with(kTableSuffix)) {
    const auto table = load_table(path);
    if (!table) return {.problem = table.error().message()};
    return {"table", (*table)->dimensions(), (*table)->id(), ""};
  }
  const auto mapped = map_model(path);
  if (!mapped) return {.problem = mapped.error().message()};
  const auto model = encode::read_model(mapped->files);
  if (!model) return {.problem = model.error().message()};
  const bool bert = model->kind == encode::Model::Kind::kBert;
  return {bert ? fmt::format("transformer, {} layers", model->bert.layers) : "token vectors", model->dimensions,
          model->id, ""};
}

void run_list(Context& context) {
  const std::string home = encoders_home(context.environment);
  std::vector<std::string> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(home, error)) {
    if (entry.is_directory() || entry.path().string().ends_with(kTableSuffix)) found.push_back(entry.path());
  }
  std::ranges::sort(found);
  if (found.empty()) {
    context.err.print("no encoders in {}\nnext: ./dev encoder, or pointsman encoder import DIRECTORY\n", home);
    return;
  }
  Table table({{"name"}, {"what"}, {"dimensions", Table::Align::kRight}, {"id"}});
  for (const std::string& path : found) {
    const Kind kind = kind_of(path);
    std::string name = fs::path(path).filename();
    if (name.ends_with(kTableSuffix)) name.resize(name.size() - kTableSuffix.size());
    if (!kind.problem.empty()) {
      table.add({printable(name), "unusable: " + printable(kind.problem), "", ""});
    } else {
      table.add({printable(name), kind.what, std::to_string(kind.dimensions), kind.id.substr(0, 12)});
    }
  }
  table.print(context.out);
  context.err.print("\nin {}\n", home);
}

Result<void> copy_files(const std::string& from, const std::string& to) {
  std::error_code error;
  for (const std::string_view name : encode::model_file_names()) {
    const fs::path source = fs::path(from) / name;
    if (!fs::exists(source)) continue;
    const fs::path target = fs::path(to) / name;
    fs::create_directories(target.parent_path(), error);
    if (!error) fs::copy_file(source, target, fs::copy_options::overwrite_existing, error);
    if (error) return base::fail(base::ErrorCode::kIo, target.string() + ": " + error.message());
  }
  return {};
}

// Copied beside and renamed, so that nobody sees half of it.
void run_import(const ImportOptions& options, Context& context) {
  const Kind kind = kind_of(options.directory);
  if (!kind.problem.empty()) return context.fail(kind.problem);
  std::string name = options.name;
  if (name.empty()) name = fs::weakly_canonical(options.directory).filename();
  if (name.empty() || name.find('/') != std::string::npos || name.starts_with('.')) {
    return context.fail("'" + printable(name) + "' is no name for an encoder; give one with --name", kUsage);
  }
  const std::string home = encoders_home(context.environment);
  const std::string target = home + "/" + name;
  std::error_code error;
  if (fs::exists(target) && !options.force) {
    return context.fail(target + " exists; --force replaces it, --name gives another name");
  }
  const std::string fresh = home + "/." + name + ".new";
  fs::remove_all(fresh, error);
  fs::create_directories(fresh, error);
  if (error) return context.fail(fresh + ": " + error.message());
  if (const auto copied = copy_files(options.directory, fresh); !copied) return context.fail(copied.error());
  fs::remove_all(target, error);
  fs::rename(fresh, target, error);
  if (error) return context.fail(target + ": " + error.message());
  context.err.print("imported {} as {} ({}, {} dimensions)\n", options.directory, name, kind.what, kind.dimensions);
  context.err.print("next: pointsman encoder distill {0} -o {0}.table, then pointsman train ... --table {0}.table\n",
                    name);
}

std::string precisions(std::string_view separator) {
  std::string out;
  for (const auto one : {encode::Precision::kF32, encode::Precision::kBf16, encode::Precision::kI8}) {
    if (!encode::supports(encode::best_path(), one)) continue;
    out += (out.empty() ? "" : std::string(separator)) + std::string(encode::to_string(one));
  }
  return out;
}

void run_check(const CheckOptions& options, Context& context) {
  std::string path = find_encoder(options.name, "", context.environment);
  if (!fs::exists(path)) path = find_encoder(options.name, kTableSuffix, context.environment);
  const bool is_file = fs::is_regular_file(path);
  Result<std::shared_ptr<const encode::Encoder>> encoder =
      is_file ? Result<std::shared_ptr<const encode::Encoder>>(load_table(path))
              : load_encoder(path, encode::Precision::kAuto);
  if (!encoder) return context.fail(encoder.error(), kCheckFailed);
  const auto scratch = (*encoder)->make_scratch();
  std::vector<float> vectors(3 * (*encoder)->dimensions());
  static constexpr std::array<std::string_view, 3> kTexts{"How do I reset my password?", "I cannot log in any more",
                                                          "The weather is nice today"};
  (*encoder)->encode(kTexts, *scratch, vectors);
  const auto cosine = [&](std::size_t a, std::size_t b) {
    const std::size_t d = (*encoder)->dimensions();
    float sum = 0;
    for (std::size_t k = 0; k < d; ++k) sum += vectors[a * d + k] * vectors[b * d + k];
    return sum;
  };
  if (options.json) {
    std::string out;
    json::Writer writer(out);
    writer.begin_object().member("path", path).member("id", (*encoder)->id());
    writer.member("dimensions", (*encoder)->dimensions()).member("max_tokens", (*encoder)->max_tokens());
    writer.member("similar", cosine(0, 1)).member("different", cosine(0, 2)).end_object();
    return context.out.write(out + "\n");
  }
  context.out.print("{}\n  id          {:.12}\n  dimensions  {}\n  max tokens  {}\n", path, (*encoder)->id(),
                    (*encoder)->dimensions(), (*encoder)->max_tokens());
  context.out.print("  instructions of this processor: {}; precisions: {}\n", encode::to_string(encode::best_path()),
                    precisions(", "));
  context.out.print("  \"{}\" is {:.2f} like \"{}\" and {:.2f} like \"{}\"\n", kTexts[0], cosine(0, 1), kTexts[1],
                    cosine(0, 2), kTexts[2]);
}

}  // namespace

void add_encoder_command(CLI::App& app, Context& context) {
  CLI::App* encoder = app.add_subcommand("encoder", "Sentence encoders: import, check, measure, distil to a table");
  encoder->require_subcommand(1);
  CLI::App* list = encoder->add_subcommand("list", "Show the encoders that were imported");
  list->callback([&context] { run_list(context); });

  CLI::App* home = encoder->add_subcommand("home", "Print the folder where imported encoders lie");
  home->callback([&context] { context.out.write(encoders_home(context.environment) + "\n"); });

  CLI::App* import =
      encoder->add_subcommand("import", "Copy a model's files to where every command finds them by name");
  auto importing = std::make_shared<ImportOptions>();
  import
      ->add_option("directory", importing->directory,
                   "A Hugging Face directory: config.json, vocab.txt or tokenizer.json, model.safetensors")
      ->required()
      ->type_name("DIRECTORY");
  import->add_option("--name", importing->name, "What to call it; the directory's name when not given");
  import->add_flag("--force", importing->force, "Replace one of this name");
  import->callback([importing, &context] { run_import(*importing, context); });

  CLI::App* check = encoder->add_subcommand("check", "Open an encoder or table, and say what it is");
  auto checking = std::make_shared<CheckOptions>();
  check->add_option("encoder", checking->name, "A directory, a table, or the name of an imported one")->required();
  check->add_flag("--json", checking->json, "As one JSON object");
  check->callback([checking, &context] { run_check(*checking, context); });

  add_encoder_bench_command(*encoder, context);
  add_encoder_distill_command(*encoder, context);
  encoder->footer(
      "BERT-class models with WordPiece are supported (MiniLM, BGE, E5, GTE), and static token vectors (model2vec).\n\n"
      "Example:\n  pointsman encoder import all-MiniLM-L6-v2\n"
      "  pointsman encoder distill all-MiniLM-L6-v2 -o minilm.table --texts traffic.jsonl\n"
      "  pointsman train examples.jsonl -o support.pm --table minilm.table --encoder all-MiniLM-L6-v2");
}

}  // namespace pointsman::cli
