#include "cli/tokens_command.h"

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>

#include "text/bpe.h"
#include "vocabulary/vocabulary.h"

namespace pointsman::cli {
namespace {

constexpr std::size_t kMaxText = std::size_t{1} << 28;

struct Options {
  std::string encoding{vocabulary::kEncodings.front()};
  std::string text;
  bool ids = false;
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

base::Result<void> run_tokens(const Options& options, Context& context) {
  PM_TRY(auto vocabulary, vocabulary::open(options.encoding));
  std::string input;
  if (options.text == "-") {
    PM_TRY(input, read_all(context.in));
  }
  const std::string& text = options.text == "-" ? input : options.text;
  text::TokenCounter counter(std::move(vocabulary));
  if (!options.ids) {
    context.out.print("{}\n", counter.count(text));
    return {};
  }
  std::vector<std::uint32_t> ids;
  counter.encode(text, ids);
  context.out.print("{}\n{}\n", ids.size(), fmt::join(ids, " "));
  return {};
}

}  // namespace

void add_tokens_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("tokens", "Count the tokens of a text exactly, as OpenAI's models count them");
  auto options = std::make_shared<Options>();
  command->add_option("text", options->text, "The text; - for standard input")->required();
  command->add_option("--encoding", options->encoding, "o200k_base (GPT-4o and later) or cl100k_base (GPT-4, GPT-3.5)")
      ->type_name("NAME")
      ->capture_default_str();
  command->add_flag("--ids", options->ids, "The ids too, on a second line");
  command->footer(
      "What surrounds the messages of a chat request is not counted: a text is a text, special tokens in it too.\n\n"
      "Example:\n  pointsman tokens \"How many are these?\"\n  pointsman tokens --encoding cl100k_base - < prompt.txt");
  command->callback([options, &context] {
    if (const auto done = run_tokens(*options, context); !done) context.fail(done.error());
  });
}

}  // namespace pointsman::cli
