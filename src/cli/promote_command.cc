#include "cli/promote_command.h"

#include <CLI/CLI.hpp>
#include <filesystem>

#include "cli/classifier_loader.h"
#include "cli/files.h"
#include "cli/find_config.h"
#include "cli/ledger_at.h"
#include "cli/promotion.h"
#include "cli/registry_at.h"
#include "cli/text_format.h"

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

struct Desk {
  config::Config config;
  LearningStores stores;
};

Result<Desk> sit_down(const Options& options, config::Config config) {
  Desk out{.config = std::move(config), .stores = {}};
  PM_TRY(out.stores, open_learning(*find_ledger(options.ledger, out.config.ledger)));
  return out;
}

// A classifier that was trained elsewhere joins the registry first.
Result<ledger::ClassifierVersion> import(const std::string& path, Desk& desk, const Context& context) {
  PM_TRY(const std::string bytes, read_file(path, kMaxArtefact));
  auto model = classify::LinearModel::from_string(bytes);
  if (!model) return base::fail(std::move(model).error().in(path));
  PM_TRY(const std::string champion, holder_of(*desk.stores.registry, Role::kChampion));
  const ledger::ClassifierVersion out{.version = (*model)->version(),
                                      .parent = champion,
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

Result<Promotion> promotion_of(const Options& options, Role role, Desk& desk, const Context& context) {
  Promotion out{.candidate = {},
                .role = role,
                .share = options.share,
                .force = options.force,
                .reason = options.reason,
                .certificate = {},
                .pairing = {},
                .dry_run = options.dry_run};
  PM_TRY(out.candidate, find_candidate(options.version, desk, context));
  if (!options.certificate.empty()) {
    PM_TRY(out.certificate, read_file(options.certificate, classify::kMaxCertificate));
  }
  if (!options.pairing.empty()) {
    PM_TRY(out.pairing, read_file(options.pairing, classify::kMaxPairing));
  }
  return out;
}

// Whether the gate let it pass, or nobody asked the gate.
Result<bool> promote(const Options& options, Role role, Desk& desk, Context& context) {
  PM_TRY(const Promotion what, promotion_of(options, role, desk, context));
  std::shared_ptr<const classify::LinearModel> seeds;
  if (role != Role::kShadow && desk.config.router.classifier != "none") {
    PM_TRY(seeds, load_model(desk.config.router.classifier, context.builtin_model));
  }
  const auto show = [&](const learn::GateReport& report) {
    options.json ? context.out.write(report.to_json() + "\n") : context.out.write(gate_table(report));
  };
  PM_TRY(const Promoted done, cli::promote(what, {.config = desk.config,
                                                  .ledger = *desk.stores.ledger,
                                                  .feedback = *desk.stores.feedback,
                                                  .registry = *desk.stores.registry,
                                                  .seeds = seeds.get(),
                                                  .now = context.clock->wall(),
                                                  .who = user_name(context.environment),
                                                  .judged = show}));
  return options.dry_run ? done.passes : done.done;
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

void run_rollback(const Options& options, Context& context) {
  auto desk = open_desk(options, context);
  if (!desk) return;
  const auto wanted = roll_back(*desk->stores.registry, options.version, options.reason, user_name(context.environment),
                                context.clock->wall());
  if (!wanted) return context.fail(wanted.error());
  context.err.print("{} serves again\n",
                    wanted->empty() ? "the configured classifier" : std::string_view(*wanted).substr(0, 12));
}

void run_withdraw(const Options& options, Context& context) {
  auto desk = open_desk(options, context);
  if (!desk) return;
  const auto done = withdraw(*desk->stores.registry, *ledger::role_from(options.role), options.reason,
                             user_name(context.environment), context.clock->wall());
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
