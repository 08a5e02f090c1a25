#include "cli/init_command.h"

#include <fmt/ranges.h>

#include <CLI/CLI.hpp>

#include "cli/files.h"
#include "config/defaults.h"
#include "config/init.h"

namespace pointsman::cli {
namespace {

struct Options {
  std::string output = "pointsman.yaml";
  std::string schema = "pointsman.schema.json";
  bool force = false;
};

std::string keys_found(const config::Environment& environment) {
  std::vector<std::string_view> found;
  for (const config::KnownProvider& known : config::known_providers()) {
    if (!environment(known.key_variable).value_or("").empty()) found.push_back(known.key_variable);
  }
  return fmt::format("{}", fmt::join(found, ", "));
}

void run_init(const Options& options, Context& context) {
  const std::string content = config::init_file(context.environment, options.schema);
  if (options.output == "-") return context.out.write(content);
  const auto written = options.force ? replace_file(options.output, content) : create_file(options.output, content);
  if (!written) {
    const bool there = written.error().code() == base::ErrorCode::kInvalidArgument;
    return context.fail(written.error().message() + (there ? "; --force replaces it, -o writes another file" : ""));
  }
  const std::string keys = keys_found(context.environment);
  context.err.print(
      "wrote {} {}\n", options.output,
      keys.empty() ? "for OpenAI, as no API key is set; set OPENAI_API_KEY before you start" : "for " + keys);
  context.err.write("next: pointsman check, then pointsman serve\n");
}

}  // namespace

void add_init_command(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("init", "Write a commented pointsman.yaml for the API keys in the environment");
  auto options = std::make_shared<Options>();
  command->add_option("-o,--output", options->output, "Where to write it; - for standard output")
      ->type_name("FILE")
      ->capture_default_str();
  command
      ->add_option("--schema", options->schema,
                   "Where editors find the JSON Schema (`pointsman check --schema` prints it)")
      ->capture_default_str();
  command->add_flag("--force", options->force, "Replace a file that exists");
  command->footer(
      "Keys are referred to as ${NAME}, never written out.\n\nExample:\n  OPENAI_API_KEY=... pointsman init");
  command->callback([options, &context] { run_init(*options, context); });
}

}  // namespace pointsman::cli
