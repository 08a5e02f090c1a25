#include "cli/route_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/classifier_loader.h"
#include "cli/corrections.h"
#include "cli/encoder_loader.h"
#include "cli/exact_counters.h"
#include "cli/find_config.h"
#include "cli/interview.h"
#include "cli/reasons_text.h"
#include "cli/small_model_text.h"
#include "cli/text_format.h"
#include "config/defaults.h"
#include "gateway/decide.h"
#include "gateway/route_body.h"
#include "json/writer.h"
#include "ledger_drivers/open.h"
#include "wire/openai_chat/request.h"

namespace pointsman::cli {
namespace {

using base::Result;

struct Options {
  std::string text;
  std::string config;
  std::string encoder;
  std::string category;
  int tools = 0;
  bool ask = false;
  bool demo = false;
  bool json = false;
};

struct Decided {
  gateway::SnapshotPtr snapshot;
  std::string body;
  MemoryPtr memory;  // null: nothing was corrected, or that takes no effect
  llm::ChatRequest request;
  gateway::Decision decision;
  bool would_ask = false;  // the gateway would ask the small model, and it was not asked here
};

std::optional<config::Config> pick_config(const Options& options, Context& context) {
  if (options.demo) return config::demo_config({}, config::default_ledger_path(context.environment));
  auto found = find_config(options.config, context);
  if (!found) return std::nullopt;
  if (!options.encoder.empty()) {
    auto& encoder = found->config.router.encoder;
    if (!encoder) encoder.emplace();
    encoder->path = find_encoder(options.encoder, "", context.environment);
  }
  return std::move(found->config);
}

// The request a client would send; the tools are there to be counted.
std::string request_body(const Options& options, const std::string& router) {
  std::string body;
  json::Writer json(body);
  json.begin_object().member("model", router).key("messages").begin_array();
  json.begin_object().member("role", "user").member("content", options.text).end_object().end_array();
  if (options.tools > 0) {
    json.key("tools").begin_array();
    for (int i = 1; i <= options.tools; ++i) {
      json.begin_object().member("type", "function").key("function").begin_object();
      json.member("name", fmt::format("tool_{}", i)).end_object().end_object();
    }
    json.end_array();
  }
  json.end_object();
  return body;
}

// Once, as the gateway asks; that it did not answer is an answer too.
classify::OpinionOutcome ask_small_model(const gateway::Snapshot& snapshot, std::string_view text,
                                         gateway::Decision& out) {
  const InterviewQuestion question{text, out.evidence.probabilities};
  const auto told = [&out](std::size_t, const gateway::Heard& heard) -> Result<void> {
    out.evidence.opinion = heard.opinion;
    out.opinion = heard.note;
    return {};
  };
  const auto asked = interview(snapshot.consultant, {&question, 1}, told, {.tries = 1, .failures_in_a_row = 2});
  if (!asked && out.evidence.opinion.outcome == classify::OpinionOutcome::kNone)
    return classify::OpinionOutcome::kFailed;
  return out.evidence.opinion.outcome;
}

Result<void> settle(const Options& options, gateway::Decider& decider, Decided& out) {
  const gateway::Snapshot& snapshot = *out.snapshot;
  if (!snapshot.consultant || !out.decision.routed) return {};
  if (!decider.wants_opinion(snapshot, out.request, out.decision)) {
    out.decision.evidence.opinion.outcome = classify::OpinionOutcome::kNotNeeded;
  } else if (options.ask) {
    out.decision.evidence.opinion.outcome = ask_small_model(snapshot, out.request.text, out.decision);
  } else {
    out.would_ask = true;
  }
  return decider.conclude(snapshot, out.request, {}, out.decision);
}

Result<void> decide(const Options& options, Decided& out) {
  const gateway::Snapshot& snapshot = *out.snapshot;
  out.body = request_body(options, snapshot.policy.router);
  wire::openai_chat::Reader reader;
  PM_CHECK(wire::openai_chat::read_chat_request(out.body, reader, out.request));
  gateway::Decider decider;
  decider.use(snapshot);
  decider.remember(out.memory);
  const auto begin = std::chrono::steady_clock::now();
  PM_CHECK(decider.decide(snapshot, out.request, options.category, {}, out.decision));
  PM_CHECK(settle(options, decider, out));
  out.decision.classify_time = std::chrono::steady_clock::now() - begin;
  return {};
}

void print_candidates(const Decided& decided, Output& out) {
  const gateway::Snapshot& snapshot = *decided.snapshot;
  std::size_t place = 0;
  for (const route::Candidate& one : decided.decision.ranked.candidates) {
    const route::Model& model = snapshot.market.model(one.model);
    out.print("  {}. {} at {}  from {}, expected {}\n", ++place, printable(model.name), printable(model.provider),
              to_string(one.source), dollars(one.expected_cost));
  }
  for (const route::Exclusion& one : decided.decision.ranked.excluded) {
    out.print("  not {}\n", printable(describe(one, snapshot.market), 200));
  }
}

void print_encoder(const Decided& decided, Output& out) {
  const gateway::Decision& decision = decided.decision;
  if (decision.encoder.outcome == gateway::EncoderOutcome::kNone) return;
  out.print("encoder   {}", to_string(decision.encoder.outcome));
  if (!decision.alone.empty()) {
    const auto top = std::ranges::max_element(decision.alone);
    const auto& names = decided.snapshot->policy.categories;
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(decision.encoder.took);
    out.print(", after {}; the classifier alone said {} ({:.4f})", duration(took),
              *top > 0 ? printable(names[static_cast<std::size_t>(top - decision.alone.begin())].name) : "none", *top);
  }
  out.write("\n");
}

void print_small_model_opinion(const Decided& decided, Output& out) {
  const gateway::Snapshot& snapshot = *decided.snapshot;
  const classify::Opinion& opinion = decided.decision.verdict.opinion;
  if (!snapshot.consultant || !decided.decision.routed) return;
  const std::string model = printable(snapshot.consultant->model(), 60);
  if (decided.would_ask) {
    return out.print(
        "llm       {} would be asked, and might settle this; with --ask it is, and its provider bills it\n", model);
  }
  if (opinion.outcome == classify::OpinionOutcome::kNotNeeded) {
    return out.print("llm       {} is not asked: it could not change the decision\n", model);
  }
  out.print("llm       {}: {}, {} after {}\n", model, how_it_went(opinion), dollars(decided.decision.opinion.bill.cost),
            duration(std::chrono::duration_cast<std::chrono::microseconds>(decided.decision.opinion.took)));
  if (!opinion.usable()) return;
  std::vector<std::string> names;
  std::vector<std::string> thresholds;
  for (const config::PolicyCategory& one : snapshot.policy.categories) {
    names.push_back(one.name);
    thresholds.push_back(shown_threshold(one.pooled_threshold, one.certified));
  }
  const classify::Verdict& verdict = decided.decision.verdict;
  print_opinions({names, verdict.probabilities, opinion, verdict.pooled, std::move(thresholds)}, 10, out);
}

void print_decision(const Decided& decided, Output& out) {
  const gateway::Snapshot& snapshot = *decided.snapshot;
  const classify::Verdict& verdict = decided.decision.verdict;
  const auto name = [&](int category) {
    return printable(snapshot.policy.categories[static_cast<std::size_t>(category)].name);
  };
  const bool certified =
      verdict.category >= 0 && snapshot.policy.categories[static_cast<std::size_t>(verdict.category)].certified;
  const auto first = decided.decision.ranked.candidates.front().model;
  out.print("model     {}\n", out.bold(printable(snapshot.market.model(first).name)));
  out.print("category  {}{}\n", verdict.category < 0 ? "none" : name(verdict.category),
            verdict.probability ? fmt::format("  ({:.4f}, threshold {})", *verdict.probability,
                                              shown_threshold(verdict.threshold, certified))
                                : "");
  if (certified) {
    out.print("promise   {}\n", snapshot.promise().value_or("none could be certified"));
  }
  out.print("decided   by {}: {}\n", to_string(verdict.stage), printable(verdict.reason, 200));
  const classify::Recollection& recalled = decided.decision.evidence.recalled;
  if (recalled.said()) {
    out.print(
        "memory    corrected before: {}\n",
        corrected_before(
            recalled.decision, recalled.likeness,
            recalled.category < 0 ? "" : snapshot.policy.categories[static_cast<std::size_t>(recalled.category)].name));
  }
  print_encoder(decided, out);
  print_small_model_opinion(decided, out);
  const auto& probabilities = decided.decision.evidence.probabilities;
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    out.print("            {:.4f}  {}\n", probabilities[i], name(static_cast<int>(i)));
  }
  for (const std::string& hit : verdict.rule_hits) out.print("            rule {} matched\n", printable(hit));
  const auto needs = decided.request.needs;
  out.print("needs     about {} tokens of prompt", needs.input_tokens);
  for (const std::string& capability : needs.capabilities.names()) out.print(", {}", capability);
  out.write("\ncandidates, best first\n");
  print_candidates(decided, out);
}

// What the classifier's answer rests on, if it was asked.
struct Why {
  std::shared_ptr<const classify::LinearModel> model;
  classify::Reasons reasons;
  StageTimes times;
};

Result<std::optional<Why>> find_why(const Decided& decided, const Context& context) {
  if (decided.decision.evidence.probabilities.empty()) return std::nullopt;
  Why why;
  PM_TRY(why.model, load_model(decided.snapshot->config.router.classifier, context.builtin_model));
  const llm::ChatRequest& request = decided.request;
  classify::Input input{request.text, request.context, static_cast<int>(request.tools)};
  std::vector<float> embedding;
  if (decided.decision.encoder.outcome == gateway::EncoderOutcome::kUsed) {
    const encode::Encoder& encoder = *decided.snapshot->encoder;
    embedding.resize(encoder.dimensions());
    encoder.encode(std::span(&input.text, 1), *encoder.make_scratch(), embedding);
    input.embedding = embedding;
  }
  PM_TRY(why.reasons, classify::reasons_for(*why.model, input, kNearestShown));
  why.times = measure_stages(*why.model, input, !why.reasons.inspection.net_scores.empty());
  return why;
}

void write_decision(const Decided& decided, const std::optional<Why>& why, Output& out) {
  std::string body;
  gateway::write_route_body(*decided.snapshot, decided.request, decided.decision, body);
  if (why) {
    body.back() = ',';  // in place of the object's end: one more member
    body += "\"why\":";
    json::Writer json(body);
    json.begin_object();
    write_reasons({*why->model, why->reasons, why->times}, json);
    json.end_object();
    body += '}';
  }
  out.write(body + "\n");
}

// As a gateway with that ledger would remember it.
Result<MemoryPtr> read_memory(const config::Config& config) {
  if (!config.learn.memory) return nullptr;
  auto store = ledger_drivers::backend_of(config.ledger)->feedback(ledger::Access::kReading);
  if (!store && store.error().code() == base::ErrorCode::kNotFound) return nullptr;
  if (!store) return base::fail(std::move(store).error());
  return CorrectionReader().read(**store, base::SystemClock().wall());
}

void run_route(const Options& options, Context& context) {
  auto config = pick_config(options, context);
  if (!config) return;
  Decided decided;
  const consult::Counters counters = exact_counters(*config);
  auto snapshot = gateway::build_snapshot(std::move(*config), classifier_loader(context.builtin_model), nullptr,
                                          encoder_loader(context.environment), counters);
  if (!snapshot) return context.fail(snapshot.error(), kCheckFailed);
  decided.snapshot = std::move(*snapshot);
  if (!decided.snapshot->encoder_note.empty()) {
    context.err.print("note: {}\n", printable(decided.snapshot->encoder_note, 500));
  }
  if (!decided.snapshot->consultant_note.empty()) {
    context.err.print("note: {}\n", printable(decided.snapshot->consultant_note, 500));
  }
  if (!options.demo) {
    auto memory = read_memory(decided.snapshot->config);
    if (!memory)
      context.err.print("note: corrections take no effect here: {}\n", printable(memory.error().message(), 300));
    if (memory) decided.memory = std::move(*memory);
  }
  if (const auto done = decide(options, decided); !done) return context.fail(done.error());
  const auto why = find_why(decided, context);
  if (!why) return context.fail(why.error());
  if (options.json) return write_decision(decided, *why, context.out);
  print_decision(decided, context.out);
  if (!*why) return;
  const Explained explained{*(*why)->model, (*why)->reasons, (*why)->times};
  context.out.print("\n{}\n", context.out.bold("what the classifier saw"));
  print_reasons(explained, context.out);
}

}  // namespace

void add_route_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("route", "Tell which model a text would go to, and why");
  auto options = std::make_shared<Options>();
  command->add_option("text", options->text, "The user's message")->required();
  CLI::Option* config = command->add_option("--config", options->config, "The configuration to decide with");
  config->type_name("FILE");
  CLI::Option* encoder = command->add_option("--encoder", options->encoder,
                                             "The sentence encoder to decide with, in place of router.encoder's");
  encoder->type_name("DIRECTORY|NAME");
  command->add_option("--tools", options->tools, "How many tools the request offers")->check(CLI::Range(0, 128));
  command->add_option("--route", options->category, "The category, as in the header x-pointsman-route");
  CLI::Option* ask = command->add_flag("--ask", options->ask,
                                       "Ask the small model of router.llm if the gateway would: its provider bills it");
  command->add_flag("--demo", options->demo, "Decide with the configuration of `pointsman demo`")
      ->excludes(config)
      ->excludes(encoder)
      ->excludes(ask);
  command->add_flag("--json", options->json, "One JSON object, as POST /v1/route answers, and \"why\"");
  command->footer(
      "Nobody is called, but for the small model with --ask. The encoder of the configuration is asked as by the "
      "gateway, but however long it takes. Whether requests have\n"
      "shifted from those of a certificate, only the gateway knows: ask its POST /v1/route.\n\n"
      "Example:\n  pointsman route --tools 2 \"Will it rain in Leeds tonight?\"");
  command->callback([options, &context] { run_route(*options, context); });
}

}  // namespace pointsman::cli
