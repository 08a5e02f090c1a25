#include "cli/simulate_command.h"

#include <CLI/CLI.hpp>

#include "cli/files.h"
#include "cli/simulate_options.h"
#include "simulate/run.h"

namespace pointsman::cli {
namespace {

void add_addresses(CLI::App& command, SimulateArguments& to) {
  CLI::Option* port = command.add_option("--port", to.port, "One provider, on this port; 0: any free one");
  CLI::Option* many = command.add_option("--provider", to.providers, "One more provider; may be given several times");
  many->type_name("NAME=PORT")->allow_extra_args(false);
  command.add_option("--demo", to.demo_port, "The three providers of `pointsman demo`, on this port and the next two")
      ->excludes(port)
      ->excludes(many);
  command.add_option("--name", to.each.name, "Name of the provider on --port")->capture_default_str();
  command.add_option("--model", to.each.models, "A model it serves; may be given several times (default: its name)")
      ->allow_extra_args(false);
  command.add_option("--address", to.each.address, "Where to listen")->capture_default_str();
  command.add_option("--threads", to.threads, "Event loops")->check(CLI::Range(1, 256))->capture_default_str();
}

void add_pace(CLI::App& command, SimulateArguments& to) {
  simulate::Timing& timing = to.each.timing;
  command.add_option("--ttft-ms", timing.first_token_ms, "Time to the first token, median")->capture_default_str();
  command.add_option("--ttft-sigma", timing.first_token_sigma, "Its log-normal sigma")->capture_default_str();
  command.add_option("--pace", timing.tokens_per_second, "Tokens a second; 0: at once")->capture_default_str();
  command.add_option("--jitter", timing.jitter, "Pauses vary by this share")->capture_default_str();
}

void add_answers(CLI::App& command, SimulateArguments& to) {
  simulate::ProviderOptions& each = to.each;
  command.add_option("--seed", each.seed, "The same seed gives the same answers")->capture_default_str();
  command.add_option("--answer-tokens", each.answer_tokens, "Length of an answer")->capture_default_str();
  command.add_option("--answer-spread", each.answer_spread, "Lengths vary by this share")->capture_default_str();
  command.add_option("--tokens-per-chunk", each.tokens_per_chunk, "Tokens in a streamed event")->capture_default_str();
  command.add_flag("--eager-tools", to.eager_tools, "Call a tool whenever one is offered");
}

void add_teacher(CLI::App& command, SimulateArguments& to) {
  simulate::TeacherOptions& teaching = to.teaching;
  command
      .add_option("--teacher", to.teacher,
                  "Examples as for `train`: requests for a label get a simulated opinion made from their categories")
      ->type_name("DATA.jsonl");
  command.add_option("--teacher-accuracy", teaching.accuracy, "Share of them it is right about")->capture_default_str();
  command.add_option("--teacher-sharpness", teaching.sharpness, "Above 1 it is surer of itself, below 1 less sure")
      ->capture_default_str();
  command.add_option("--teacher-latency-ms", teaching.latency_ms, "Time of such an answer, median")
      ->capture_default_str();
  command.add_option("--teacher-latency-sigma", teaching.latency_sigma, "Its log-normal sigma")->capture_default_str();
}

void add_bill_and_faults(CLI::App& command, SimulateArguments& to) {
  simulate::ProviderOptions& each = to.each;
  command.add_option("--cached-percent", each.cached_prompt_percent, "Share of prompts said to come from the cache")
      ->capture_default_str();
  command.add_option("--reasoning-tokens", each.reasoning_tokens, "Reasoning tokens in the usage")
      ->capture_default_str();
  command.add_option("--input-price", to.input_price, "Dollars per million tokens, for the bill at GET /sim/stats");
  command.add_option("--cached-input-price", to.cached_input_price, "The same for cached input");
  command.add_option("--output-price", to.output_price, "The same for output");
  command.add_option("--fault", to.faults, "Something that goes wrong with a probability; may be given several times")
      ->type_name("FAULT=PROBABILITY")
      ->allow_extra_args(false);
  command.add_option("--api-key-env", to.api_key_variable, "Variable with the only key that is accepted")
      ->type_name("NAME");
  command.add_option("--keep-requests", each.keep_requests, "How many requests GET /sim/requests shows")
      ->capture_default_str();
}

constexpr std::size_t kMaxGoldBytes = std::size_t{256} << 20;

void run(SimulateArguments& arguments, Context& context) {
  if (!arguments.teacher.empty()) {
    const auto gold = read_file(arguments.teacher, kMaxGoldBytes);
    if (!gold) return context.fail(gold.error());
    arguments.teaching.seed = arguments.each.seed;
    auto teacher = simulated_teacher(*gold, arguments.teacher, arguments.teaching);
    if (!teacher) return context.fail(teacher.error(), kUsage);
    arguments.each.teacher = std::move(*teacher);
  }
  const auto options = simulate_options(arguments, context.environment);
  if (!options) return context.fail(options.error(), kUsage);
  const auto code = simulate::run_simulate(*options);
  if (!code) return context.fail(code.error());
  context.exit_code = *code;
}

}  // namespace

void add_simulate_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("simulate", "Run simulated providers, for trying things out and for tests");
  auto arguments = std::make_shared<SimulateArguments>();
  add_addresses(*command, *arguments);
  add_pace(*command, *arguments);
  add_answers(*command, *arguments);
  add_teacher(*command, *arguments);
  add_bill_and_faults(*command, *arguments);
  command->footer(
      "Faults: 429 500 502 503 529 (429@2000: retry after 2000 ms) bad-key context-too-long html html502 hang\n"
      "slow-read@MS slow-head@MS reset@BYTES close@BYTES stall@BYTES half-chunk@N error-event@N bad-json no-done\n"
      "wrong-length garbage refusal other-label wrong-json no-logprobs. A request may ask for one itself with the "
      "header\n"
      "x-sim-fault.\n\n"
      "Example:\n  pointsman simulate --port 9101 --ttft-ms 300 --pace 80 --fault 500=5%\n"
      "  pointsman simulate --port 9101 --teacher gold.jsonl --teacher-accuracy 0.9");
  command->callback([arguments, &context] { run(*arguments, context); });
}

}  // namespace pointsman::cli
