#include "cli/tokens_command.h"

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>

#include "cli/files.h"
#include "cli/token_report.h"
#include "json/writer.h"
#include "text/bpe.h"
#include "vocabulary/vocabulary.h"

namespace pointsman::cli {
namespace {

constexpr std::size_t kMaxText = std::size_t{1} << 28;

struct Options {
  std::string encoding{vocabulary::kEncodings.front()};
  std::string text;
  std::string request;
  std::string model;
  std::string protocol;
  LedgerChoice ledger;
  bool ids = false;
  bool json = false;
};

base::Result<std::string> read_all(std::FILE* in) {
  std::string text;
  std::array<char, 1 << 16> part{};
  while (const std::size_t size = std::fread(part.data(), 1, part.size(), in)) {
    if (text.size() + size > kMaxText) {
      return base::fail(base::ErrorCode::kTooLarge, fmt::format("standard input has more than {} bytes", kMaxText));
    }
    text.append(part.data(), size);
  }
  if (std::ferror(in) != 0) return base::fail(base::ErrorCode::kIo, "standard input could not be read");
  return text;
}

base::Result<void> run_request(const Options& options, Context& context) {
  std::string body;
  if (options.request == "-") {
    PM_TRY(body, read_all(context.in));
  } else {
    PM_TRY(body, read_file(options.request, kMaxText));
  }
  PM_TRY(auto report, count_request(body, options.model, options.protocol));
  if (!options.ledger.place.empty() || !options.ledger.config.empty()) {
    PM_TRY(report.calibrations, find_calibrations(options.ledger, report.model, report.count.tokens,
                                                  static_cast<std::int64_t>(body.size()), context));
  }
  options.json ? print_report_json(report, context.out) : print_report(report, context.out);
  return {};
}

void print_json(const std::string& encoding, std::size_t count, const std::vector<std::uint32_t>* ids, Output& out) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object().member("encoding", encoding).member("tokens", count);
  if (ids != nullptr) {
    writer.key("ids").begin_array();
    for (const std::uint32_t id : *ids) writer.value(id);
    writer.end_array();
  }
  writer.end_object();
  out.print("{}\n", text);
}

base::Result<void> run_tokens(const Options& options, Context& context) {
  PM_TRY(auto vocabulary, vocabulary::open(options.encoding));
  std::string input;
  if (options.text == "-") {
    PM_TRY(input, read_all(context.in));
  }
  const std::string& text = options.text == "-" ? input : options.text;
  text::TokenCounter counter(std::move(vocabulary));
  if (!options.ids) {
    const std::size_t count = counter.count(text);
    options.json ? print_json(options.encoding, count, nullptr, context.out) : context.out.print("{}\n", count);
    return {};
  }
  std::vector<std::uint32_t> ids;
  counter.encode(text, ids);
  if (options.json) {
    print_json(options.encoding, ids.size(), &ids, context.out);
    return {};
  }
  context.out.print("{}\n{}\n", ids.size(), fmt::join(ids, " "));
  return {};
}

}  // namespace

void add_tokens_command(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("tokens", "Count the tokens of a text, or of a request's prompt, as models count them");
  auto options = std::make_shared<Options>();
  CLI::Option* text = command->add_option("text", options->text, "The text; - for standard input");
  CLI::Option* encoding =
      command
          ->add_option("--encoding", options->encoding, "o200k_base (GPT-4o and later) or cl100k_base (GPT-4, GPT-3.5)")
          ->type_name("NAME")
          ->capture_default_str();
  CLI::Option* ids = command->add_flag("--ids", options->ids, "The ids too, on a second line");
  CLI::Option* request =
      command
          ->add_option("--request", options->request, "The body of a request, instead of a text; - for standard input")
          ->type_name("FILE")
          ->excludes(text)
          ->excludes(ids)
          ->excludes(encoding);
  command->add_option("--model", options->model, "Count as this model does, whatever the body names")
      ->type_name("NAME")
      ->needs(request);
  command
      ->add_option("--protocol", options->protocol,
                   "Of the body: chat_completions, responses, messages, completions, embeddings")
      ->type_name("NAME")
      ->needs(request);
  command
      ->add_option("--ledger", options->ledger.place,
                   "Directory of a ledger: what its gateway has learnt of the model")
      ->type_name("DIR")
      ->needs(request);
  command->add_option("--config", options->ledger.config, "Configuration that names the ledger, and the model")
      ->type_name("FILE")
      ->needs(request);
  command->add_flag("--json", options->json, "One JSON object");
  command->footer(
      "A text is a text, special tokens in it too, and its count is exact. Of a request every message is counted, "
      "what\n"
      "surrounds it, tools and images; the last line says what of it is exact.\n\n"
      "Example:\n  pointsman tokens \"How many are these?\"\n  pointsman tokens --encoding cl100k_base - < prompt.txt\n"
      "  pointsman tokens --request body.json --model gpt-4o\n"
      "  pointsman tokens --request body.json --model my-claude --config pointsman.yaml");
  command->callback([options, text, request, &context] {
    if (text->count() + request->count() == 0) return context.fail("a text, or --request FILE, is needed", kUsage);
    const auto done = request->count() > 0 ? run_request(*options, context) : run_tokens(*options, context);
    if (!done) context.fail(done.error());
  });
}

}  // namespace pointsman::cli
