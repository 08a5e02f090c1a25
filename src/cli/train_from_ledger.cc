#include "cli/train_from_ledger.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <thread>

#include "cli/classifier_loader.h"
#include "cli/files.h"
#include "cli/find_config.h"
#include "cli/ledger_at.h"
#include "cli/progress_line.h"
#include "cli/registry_at.h"
#include "cli/training_text.h"
#include "learn/json_text.h"

namespace pointsman::cli {
namespace {

using base::Result;

// The scheduler gives this process what nobody else wants.
void step_back() {
  sched_param none{};
  static_cast<void>(::sched_setscheduler(0, SCHED_IDLE, &none));
  static_cast<void>(::setpriority(PRIO_PROCESS, 0, 19));
}

void write_count(learn::JsonText& json, std::string_view name, const learn::LessonPlan::Count& count) {
  json.key(name).open_object().member("texts", count.rows).member("weight", count.weight).close_object();
}

// For the card: who taught what, and what was left out.
std::string provenance(const CandidateInput& input, const learn::LessonPlan& plan) {
  const Harvest& from = input.harvest;
  learn::JsonText json;
  json.open_object().member("parent", std::string_view(input.parent));
  write_count(json, "seed", plan.seed);
  write_count(json, "people", plan.person);
  write_count(json, "model", plan.model);
  write_count(json, "signals", plan.signal);
  json.key("voices").open_array();
  for (const learn::VoiceShare& one : plan.voices) {
    json.open_object().member("voice", std::string_view(one.voice)).member("lessons", one.lessons);
    json.member("weight", one.weight).member("taken_by_limit", one.taken).close_object();
  }
  json.close_array().member("half_life_days", input.lessons.half_life_days);
  json.member("most_per_voice", input.lessons.most_per_voice).member("conflicts", plan.conflicts);
  json.member("verdicts_below_bar", plan.unheard).member("outvoted", plan.outvoted);
  json.member("held_back_to_judge", from.held_back).member("neither_text_nor_features", from.wordless);
  json.member("other_categories", from.elsewhere);
  json.member("newest_feedback", std::string_view(from.newest.to_string()));
  return json.close_object().take();
}

learn::TrainOptions train_options(const LedgerTrainOptions& options, const Context& context) {
  learn::TrainOptions out;
  const unsigned cores = std::max(std::thread::hardware_concurrency(), 1U);
  out.threads = options.threads > 0 ? options.threads : static_cast<int>(std::min(cores, 16U));
  out.effort = options.effort;
  out.seed = options.seed;
  out.folds = options.folds;
  out.created_by = fmt::format("pointsman {}", context.version);
  return out;
}

void print_plan(const Candidate& candidate, const Harvest& from, Output& out) {
  const learn::LessonPlan& plan = candidate.plan;
  const auto line = [&](std::string_view name, const learn::LessonPlan::Count& count) {
    if (count.rows > 0) out.print("  {:<14} {:>6} texts, weight {:.1f}\n", name, count.rows, count.weight);
  };
  out.print("learnt from\n");
  line("seed examples", plan.seed);
  line("people", plan.person);
  line("small model", plan.model);
  line("signals", plan.signal);
  for (const learn::VoiceShare& one : plan.voices) {
    if (one.taken > 0) {
      out.print("  {} said more than one voice may: {:.1f} of its weight was not counted\n", one.voice, one.taken);
    }
  }
  if (plan.conflicts > 0) out.print("  {} texts on which people disagree, learnt softly\n", plan.conflicts);
  if (from.held_back > 0) out.print("  {} lessons held back: their texts judge\n", from.held_back);
  if (from.wordless > 0) out.print("  {} without text or features, of no use\n", from.wordless);
  if (from.elsewhere > 0) out.print("  {} of categories that are not configured\n", from.elsewhere);
  out.print("\n");
}

struct Served {
  std::shared_ptr<const classify::LinearModel> model;  // that serves now; null: none
  std::shared_ptr<const classify::LinearModel> seeds;  // that the configuration names
};

Result<Served> open_classifiers(const config::Config& config, ledger::ClassifierRegistry& registry,
                                const Context& context) {
  Served out;
  if (config.router.classifier != "none") {
    PM_TRY(out.seeds, load_model(config.router.classifier, context.builtin_model));
  }
  out.model = out.seeds;
  PM_TRY(const auto assignments, registry.assignments());
  for (const ledger::Assignment& one : assignments) {
    if (one.role != ledger::Role::kChampion || one.version.empty()) continue;
    PM_TRY(std::string bytes, registry.artefact(one.version));
    PM_TRY(out.model, classify::LinearModel::from_string(std::move(bytes)));
  }
  return out;
}

Result<void> keep(const Candidate& candidate, const LedgerTrainOptions& options, const Served& served,
                  ledger::ClassifierRegistry& registry, const Context& context) {
  if (!options.save_lessons.empty()) {
    PM_CHECK(replace_file(options.save_lessons, learn::write_jsonl(candidate.plan.data)));
  }
  if (!options.output.empty()) PM_CHECK(replace_file(options.output, candidate.trained.artefact));
  ledger::ClassifierVersion version{.version = candidate.version,
                                    .parent = served.model ? served.model->version() : "",
                                    .origin = "trained",
                                    .made = context.clock->wall()};
  PM_TRY(const auto model, classify::LinearModel::from_string(candidate.trained.artefact));
  version.card = model->card();
  version.bytes = candidate.trained.artefact.size();
  const ledger::RegistryEvent event{
      .at = version.made, .kind = "registered", .version = version.version, .who = user_name(context.environment)};
  PM_CHECK(registry.add(version, candidate.trained.artefact, event));
  return {};
}

Result<Candidate> run(const LedgerTrainOptions& options, const config::Config& config, Context& context) {
  PM_TRY(const auto stores, open_learning(*find_ledger(options.ledger, config.ledger)));
  PM_TRY(const Served served, open_classifiers(config, *stores.registry, context));
  PM_TRY(const Harvest found, harvest(config, *stores.ledger, *stores.feedback, {.now = context.clock->wall()}));
  CandidateInput input{.config = config,
                       .harvest = found,
                       .seeds = served.seeds.get(),
                       .parent = served.model ? served.model->version() : "",
                       .options = train_options(options, context)};
  std::optional<ProgressLine> line(context.err);
  PM_TRY(Candidate candidate, make_candidate(input, [&](const learn::Progress& progress) { line->show(progress); }));
  line.reset();
  PM_CHECK(keep(candidate, options, served, *stores.registry, context));
  if (options.json) {
    context.out.write(candidate.trained.report.to_json() + "\n");
  } else {
    print_plan(candidate, found, context.out);
    print_training(candidate.trained.report, candidate.plan.data, context.out);
  }
  return candidate;
}

}  // namespace

Result<Candidate> make_candidate(const CandidateInput& input, const learn::ProgressCallback& progress) {
  const Harvest& from = input.harvest;
  if (from.lessons.empty()) {
    std::string why = "there is nothing to learn from yet: ";
    if (from.feedback == 0 && from.verdicts == 0) {
      why += "nobody has corrected a decision (`pointsman label`), and no small model was asked";
    } else if (from.wordless > 0) {
      why += fmt::format("of {} decisions neither text nor features were kept (ledger.store_features)", from.wordless);
    } else {
      why += fmt::format("all that was said judges candidates ({}) and does not teach them", from.judged.size());
    }
    return base::fail(base::ErrorCode::kInvalidArgument, std::move(why));
  }
  std::vector<learn::Testimony> heard = seed_lessons(input.config, input.seeds, from.judging_texts);
  Candidate out;
  heard.insert(heard.end(), from.lessons.begin(), from.lessons.end());
  out.plan = learn::plan_lessons(from.categories, std::move(heard), input.lessons);
  learn::TrainOptions options = input.options;
  for (const config::CategoryConfig& one : input.config.categories) {
    classify::Category plain = one;
    plain.examples.clear();  // they are among the lessons
    options.categories.push_back(std::move(plain));
  }
  options.provenance = provenance(input, out.plan);
  PM_TRY(out.trained, learn::train(out.plan.data, options, progress));
  PM_TRY(const auto model, classify::LinearModel::from_string(out.trained.artefact));
  out.version = model->version();
  return out;
}

void train_from_ledger(const LedgerTrainOptions& options, Context& context) {
  if (options.low_priority) step_back();
  if (options.child) ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const auto found = find_config(options.config, context, config::Pairings::kIgnored);
  if (!found) return;
  const auto begin = std::chrono::steady_clock::now();
  const auto candidate = run(options, found->config, context);
  if (!candidate) return context.fail(candidate.error());
  context.err.print("registered {:.12} ({} KiB) in {:.1f} s; it serves nothing yet\n", candidate->version,
                    (candidate->trained.artefact.size() + 1023) / 1024,
                    std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  context.err.print("next: pointsman promote {:.12}\n", candidate->version);
}

}  // namespace pointsman::cli
