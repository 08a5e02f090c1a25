#include "cli/promote_command.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <thread>

#include "cli/candidate_gate.h"
#include "cli/classifier_loader.h"
#include "cli/files.h"
#include "cli/find_config.h"
#include "cli/ledger_at.h"
#include "cli/registry_at.h"
#include "cli/text_format.h"
#include "config/proofs.h"

namespace pointsman::cli {
namespace {

using base::Result;
using ledger::Role;

constexpr std::size_t kMaxArtefact = std::size_t{1} << 30;

struct Options {
  std::string version;
  std::string config;
  std::string ledger;
  std::string role = "champion";
  std::string force;
  std::string reason;
  std::string certificate;
  std::string pairing;
  double share = 0.1;
  bool dry_run = false;
  bool json = false;
};

const ledger::Assignment* holder(const std::vector<ledger::Assignment>& all, Role role) {
  const auto at = std::ranges::find(all, role, &ledger::Assignment::role);
  return at == all.end() || at->version.empty() ? nullptr : &*at;
}

struct Desk {
  config::Config config;
  LearningStores stores;
  std::vector<ledger::Assignment> serving;

  std::string champion() const {
    const auto* one = holder(serving, Role::kChampion);
    return one == nullptr ? std::string() : one->version;
  }
};

Result<Desk> sit_down(const Options& options, config::Config config) {
  Desk out{.config = std::move(config), .stores = {}, .serving = {}};
  const std::string directory = ledger_directory(options.ledger.empty() ? out.config.ledger.path : options.ledger);
  PM_TRY(out.stores, open_learning(directory));
  PM_TRY(out.serving, out.stores.registry->assignments());
  return out;
}

Result<std::shared_ptr<const classify::LinearModel>> open_version(ledger::ClassifierRegistry& registry,
                                                                  const std::string& version) {
  PM_TRY(std::string bytes, registry.artefact(version));
  return classify::LinearModel::from_string(std::move(bytes));
}

// The certificate and the pairing that the candidate would serve under, if the configuration promises anything.
struct Proofs {
  std::string certificate;
  std::string pairing;
};

Result<Proofs> proofs_for(const Options& options, const config::Config& config, const GateRun& gate,
                          const ledger::ClassifierVersion& candidate) {
  Proofs out{candidate.certificate, candidate.pairing};
  if (!gate.certificate.empty()) out.certificate = gate.certificate;
  if (!gate.pairing.empty()) out.pairing = gate.pairing;
  if (!options.certificate.empty()) {
    PM_TRY(out.certificate, read_file(options.certificate, classify::kMaxCertificate));
  }
  if (!options.pairing.empty()) {
    PM_TRY(out.pairing, read_file(options.pairing, classify::kMaxPairing));
  }
  if (config.router.risk && out.certificate.empty()) {
    return base::fail(base::ErrorCode::kInvalidArgument,
                      "router.risk promises something that was proved of another classifier; prove it of this one with "
                      "`pointsman tune` and name the file with --certificate");
  }
  if (config.router.llm && !config.router.llm->pairing.empty() && out.pairing.empty()) {
    return base::fail(base::ErrorCode::kInvalidArgument,
                      "router.llm.pairing was measured with another classifier; measure it with this one by `pointsman "
                      "pair` and name the file with --pairing" +
                          (gate.no_pairing.empty() ? "" : " (" + gate.no_pairing + ")"));
  }
  config::Config trial = config;
  PM_CHECK(config::replace_proofs(trial, out.certificate, out.pairing));
  return out;
}

Result<GateRun> judge(const Desk& desk, const classify::LinearModel& candidate, Context& context) {
  std::shared_ptr<const classify::LinearModel> seeds;
  if (desk.config.router.classifier != "none") {
    PM_TRY(seeds, load_model(desk.config.router.classifier, context.builtin_model));
  }
  std::shared_ptr<const classify::LinearModel> champion = seeds;
  if (!desk.champion().empty()) {
    PM_TRY(champion, open_version(*desk.stores.registry, desk.champion()));
  }
  PM_TRY(const Harvest found,
         harvest(desk.config, *desk.stores.ledger, *desk.stores.feedback, {.now = context.clock->wall()}));
  const unsigned cores = std::max(std::thread::hardware_concurrency(), 1U);
  return run_gate({.config = desk.config,
                   .harvest = found,
                   .champion = champion.get(),
                   .candidate = candidate,
                   .seeds = seeds.get(),
                   .learnt_until = champion ? learnt_until(champion->card()) : base::Uuid{},
                   .threads = static_cast<int>(std::min(cores, 16U))});
}

Result<void> give_role(const Options& options, Role role, const ledger::ClassifierVersion& candidate,
                       const GateRun& gate, Desk& desk, const Context& context) {
  const auto* before = holder(desk.serving, role);
  const std::string expected = before == nullptr ? "" : before->version;
  const std::string_view kind = !options.force.empty()    ? "forced"
                                : role == Role::kChampion ? "promoted"
                                                          : to_string(role);
  const base::WallTime now = context.clock->wall();
  const ledger::RegistryEvent event{.at = now,
                                    .kind = std::string(kind),
                                    .version = candidate.version,
                                    .before = expected,
                                    .who = user_name(context.environment),
                                    .reason = options.force.empty() ? options.reason : options.force,
                                    .detail = gate.report.checks.empty() ? "" : gate.report.to_json()};
  const double share = role == Role::kCanary ? options.share : 1;
  PM_CHECK(desk.stores.registry->assign({role, candidate.version, share, now}, expected, event));
  const auto* canary = holder(desk.serving, Role::kCanary);
  if (role != Role::kChampion || canary == nullptr || canary->version != candidate.version) return {};
  // What it was tried out as is over.
  return desk.stores.registry->assign({Role::kCanary, "", 0, now}, candidate.version,
                                      {.at = now, .kind = "retired", .version = candidate.version, .who = event.who});
}

// A classifier that was trained elsewhere joins the registry first.
Result<ledger::ClassifierVersion> import(const std::string& path, Desk& desk, const Context& context) {
  PM_TRY(const std::string bytes, read_file(path, kMaxArtefact));
  auto model = classify::LinearModel::from_string(bytes);
  if (!model) return base::fail(std::move(model).error().in(path));
  const ledger::ClassifierVersion out{.version = (*model)->version(),
                                      .parent = desk.champion(),
                                      .origin = "imported",
                                      .made = context.clock->wall(),
                                      .card = std::string((*model)->card()),
                                      .bytes = bytes.size()};
  PM_CHECK(desk.stores.registry->add(
      out, bytes,
      {.at = out.made, .kind = "registered", .version = out.version, .who = user_name(context.environment)}));
  return desk.stores.registry->find(out.version);
}

Result<ledger::ClassifierVersion> find_candidate(const std::string& name, Desk& desk, const Context& context) {
  if (std::filesystem::is_regular_file(name)) return import(name, desk, context);
  if (name != "newest") return desk.stores.registry->find(name);
  PM_TRY(auto versions, desk.stores.registry->versions());
  if (versions.empty())
    return base::fail(base::ErrorCode::kNotFound, "there is no candidate: pointsman train --from-ledger");
  return std::move(versions.back());
}

Result<bool> promote(const Options& options, Role role, Desk& desk, Context& context) {
  PM_TRY(const ledger::ClassifierVersion candidate, find_candidate(options.version, desk, context));
  PM_TRY(const auto model, open_version(*desk.stores.registry, candidate.version));
  GateRun gate;
  if (role != Role::kShadow) {
    PM_TRY(gate, judge(desk, *model, context));
    options.json ? context.out.write(gate.report.to_json() + "\n") : context.out.write(gate_table(gate.report));
  }
  const bool passes = role == Role::kShadow || gate.report.promotes();
  if (options.dry_run) return passes;
  if (!passes && options.force.empty()) {
    PM_CHECK(desk.stores.registry->note({.at = context.clock->wall(),
                                         .kind = "refused",
                                         .version = candidate.version,
                                         .before = desk.champion(),
                                         .who = user_name(context.environment),
                                         .reason = std::string(to_string(gate.report.verdict())),
                                         .detail = gate.report.to_json()}));
    return false;
  }
  if (role != Role::kShadow) {
    PM_TRY(const Proofs proofs, proofs_for(options, desk.config, gate, candidate));
    PM_CHECK(desk.stores.registry->set_proofs(candidate.version, proofs.certificate, proofs.pairing));
  }
  PM_CHECK(give_role(options, role, candidate, gate, desk, context));
  return true;
}

std::optional<Desk> open_desk(const Options& options, Context& context) {
  auto found = find_config(options.config, context);
  if (!found) return std::nullopt;
  auto desk = sit_down(options, std::move(found->config));
  if (desk) return std::move(*desk);
  context.fail(desk.error());
  return std::nullopt;
}

void run_promote(const Options& options, Context& context) {
  const auto role = ledger::role_from(options.role);
  auto desk = open_desk(options, context);
  if (!desk) return;
  const auto done = promote(options, *role, *desk, context);
  if (!done) return context.fail(done.error());
  if (!*done) {
    context.exit_code = kCheckFailed;
    if (!options.dry_run) context.err.write("not promoted; what serves keeps serving\n");
    return;
  }
  if (options.dry_run) return;
  context.err.print("{:.12} is {} now; `pointsman {}` takes it back\n", options.version, options.role,
                    *role == Role::kChampion ? "rollback" : "withdraw " + options.role);
}

// The version that had the role before the present one was given it; "": the configured classifier.
Result<std::string> earlier(ledger::ClassifierRegistry& registry, const std::string& present) {
  constexpr std::size_t kLook = 10'000;
  PM_TRY(const auto events, registry.events(kLook));
  for (const ledger::RegistryEvent& one : events) {
    const bool gave = one.kind == "promoted" || one.kind == "forced" || one.kind == "rolled_back";
    if (gave && one.version == present) return one.before;
  }
  return base::fail(base::ErrorCode::kNotFound, "nothing served before; `pointsman models` lists what there is");
}

Result<std::string> roll_back(const Options& options, Desk& desk, const Context& context) {
  const std::string present = desk.champion();
  std::string wanted;
  if (options.version == "configured") {
    wanted.clear();
  } else if (!options.version.empty()) {
    PM_TRY(const ledger::ClassifierVersion found, desk.stores.registry->find(options.version));
    wanted = found.version;
  } else {
    if (present.empty()) return base::fail(base::ErrorCode::kNotFound, "the configured classifier serves already");
    PM_TRY(wanted, earlier(*desk.stores.registry, present));
  }
  if (wanted == present) return base::fail(base::ErrorCode::kInvalidArgument, "that version serves already");
  if (!wanted.empty()) {
    PM_TRY(const std::string bytes, desk.stores.registry->artefact(wanted));
  }
  const base::WallTime now = context.clock->wall();
  PM_CHECK(desk.stores.registry->assign({Role::kChampion, wanted, 1, now}, present,
                                        {.at = now,
                                         .kind = "rolled_back",
                                         .version = wanted,
                                         .before = present,
                                         .who = user_name(context.environment),
                                         .reason = options.reason}));
  return wanted;
}

void run_rollback(const Options& options, Context& context) {
  auto desk = open_desk(options, context);
  if (!desk) return;
  const auto wanted = roll_back(options, *desk, context);
  if (!wanted) return context.fail(wanted.error());
  context.err.print("{} serves again\n",
                    wanted->empty() ? "the configured classifier" : std::string_view(*wanted).substr(0, 12));
}

void run_withdraw(const Options& options, Context& context) {
  auto desk = open_desk(options, context);
  if (!desk) return;
  const Role role = *ledger::role_from(options.role);
  const auto* present = holder(desk->serving, role);
  if (present == nullptr) return context.fail(fmt::format("there is no {}", options.role));
  const base::WallTime now = context.clock->wall();
  const auto done = desk->stores.registry->assign({role, "", 0, now}, present->version,
                                                  {.at = now,
                                                   .kind = "retired",
                                                   .version = present->version,
                                                   .before = present->version,
                                                   .who = user_name(context.environment),
                                                   .reason = options.reason});
  if (!done) return context.fail(done.error());
  context.err.print("there is no {} any more\n", options.role);
}

void add_places(CLI::App& command, Options& options) {
  command.add_option("--config", options.config, "The gateway's configuration")->type_name("FILE");
  command.add_option("--ledger", options.ledger, "Directory of the ledger (default: the configuration's)")
      ->type_name("DIR");
}

}  // namespace

void add_promote_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("promote", "Let a candidate classifier serve, if the gate lets it pass");
  auto options = std::make_shared<Options>();
  command
      ->add_option(
          "version", options->version,
          "Of the candidate, or its beginning (`pointsman models`); `newest`; or the file of a trained classifier")
      ->required()
      ->type_name("VERSION|ARTEFACT");
  command
      ->add_option("--as", options->role,
                   "champion: decides. canary: decides for a share of the conversations. shadow: decides nothing, and "
                   "what it would have decided is counted")
      ->check(CLI::IsMember({"champion", "canary", "shadow"}))
      ->capture_default_str();
  command->add_option("--share", options->share, "Of the conversations, for a canary")
      ->check(CLI::Range(0.001, 0.9))
      ->capture_default_str();
  command->add_option("--force", options->force, "Promote whatever the gate says, for this reason, which is recorded")
      ->type_name("REASON");
  command->add_option("--reason", options->reason, "Recorded with the event")->type_name("TEXT");
  command->add_option("--certificate", options->certificate, "What `pointsman tune` proved of the candidate")
      ->type_name("FILE");
  command->add_option("--pairing", options->pairing, "What `pointsman pair` measured with the candidate")
      ->type_name("FILE");
  command->add_flag("--dry-run", options->dry_run, "Show the gate's table and change nothing");
  command->add_flag("--json", options->json, "The table as one JSON object");
  add_places(*command, *options);
  command->footer(
      "Exits with 3 if the gate does not let the candidate pass; the table says why, and how many labels are "
      "missing.\nA running gateway follows within a second.\n\nExample:\n  pointsman promote 3fa9c1 --as canary "
      "--share "
      "0.1");
  command->callback([options, &context] { run_promote(*options, context); });
}

void add_rollback_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("rollback", "Let the classifier serve again that served before, or any other");
  auto options = std::make_shared<Options>();
  command
      ->add_option(
          "version", options->version,
          "Of the classifier, or its beginning; `configured`: the one the configuration names (default: the one "
          "that served before)")
      ->type_name("VERSION");
  command->add_option("--reason", options->reason, "Recorded with the event")->type_name("TEXT");
  add_places(*command, *options);
  command->callback([options, &context] { run_rollback(*options, context); });
}

void add_withdraw_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("withdraw", "End a canary or a shadow");
  auto options = std::make_shared<Options>();
  command->add_option("role", options->role, "canary or shadow")
      ->required()
      ->check(CLI::IsMember({"canary", "shadow"}));
  command->add_option("--reason", options->reason, "Recorded with the event")->type_name("TEXT");
  add_places(*command, *options);
  command->callback([options, &context] { run_withdraw(*options, context); });
}

}  // namespace pointsman::cli
