#include "app/report_command.h"

#include <CLI/CLI.hpp>
#include <random>

#include "admin/endpoint.h"
#include "admin/report_page.h"
#include "app/classifier_watch.h"
#include "cli/classifier_loader.h"
#include "cli/encoder_loader.h"
#include "cli/exact_counters.h"
#include "cli/files.h"
#include "cli/find_config.h"
#include "ledger_drivers/open.h"

namespace pointsman::app {
namespace {

using base::ErrorCode;
using base::Result;

struct Options {
  std::string config;
  std::string since = "7d";
  std::string until;
  std::string html;
};

// What the dashboard's functions see where no gateway runs: a configuration, and what would decide by it.
class StillWorld final : public admin::World {
 public:
  StillWorld(config::Config configured, gateway::SnapshotPtr snapshot, admin::Facts facts)
      : configured_(std::move(configured)), facts_(std::move(facts)) {
    lineup_.champion = std::move(snapshot);
  }

  admin::Facts facts() const override { return facts_; }
  gateway::Lineup lineup() const override { return lineup_; }
  config::Config configured() const override { return configured_; }
  config::Environment environment() const override { return config::process_environment(); }
  std::string ledger_failure() const override { return {}; }
  bool needs_key() const override { return false; }
  std::vector<admin::ModelHealth> model_health() const override { return {}; }
  std::vector<limits::NodeReport> quotas() const override { return {}; }
  admin::TrainingState training() const override { return {}; }
  std::optional<admin::TrialState> trial() const override { return std::nullopt; }
  Result<void> train() override { return nothing_runs(); }
  Result<std::shared_ptr<const classify::Classifier>> load_classifier(const std::string&) const override {
    return nothing_runs();
  }
  Result<void> commit_ledger() override { return {}; }
  Result<cli::HttpAnswer> ask(const admin::OwnRequest&) const override { return nothing_runs(); }

 private:
  static std::unexpected<base::Error> nothing_runs() {
    return base::fail(ErrorCode::kUnsupported, "no gateway runs here");
  }

  config::Config configured_;
  gateway::Lineup lineup_;
  admin::Facts facts_;
};

// What a gateway with that configuration would serve with now.
Result<gateway::SnapshotPtr> present_snapshot(const config::Config& config, const cli::Context& context) {
  ClassifierWatch watch(ledger_drivers::backend_of(config.ledger));
  PM_TRY(const Roles roles, watch.roles());
  PM_TRY(config::Config champion, with_classifier(config, roles.champion));
  const auto others = cli::classifier_loader(context.builtin_model);
  const auto load = [&](const std::string& name) { return watch.load(name, others); };
  return gateway::build_snapshot(std::move(champion), load, nullptr, cli::encoder_loader(context.environment),
                                 cli::exact_counters(config));
}

class Answers {
 public:
  Answers(admin::World& world, ledger::BackendPtr backend, const base::Clock& clock)
      : world_(world), books_(std::move(backend)), clock_(clock), ids_(std::random_device{}()) {}

  // The body of GET `path`.
  Result<std::string> get(std::string_view path, const std::string& query) {
    const auto match = admin::find_endpoint(http::Method::kGet, path);
    if (!match || match->endpoint == nullptr) return base::fail(ErrorCode::kInternal, "there is no such endpoint");
    admin::Request request{.method = http::Method::kGet, .path = std::string(path), .query = query};
    request.at = clock_.wall();
    PM_TRY(const admin::Query parsed, admin::Query::parse(query, match->endpoint->query, request.at));
    const std::string nobody;
    const std::function<bool()> wanted = [] { return true; };
    admin::Call call{request, parsed, match->parts, nobody, config::AdminRole::kViewer, books_, world_,
                     staff_,  clock_, ids_,         wanted};
    PM_TRY(admin::Answer answer, match->endpoint->handle(call));
    if (answer.status != 200) return base::fail(ErrorCode::kInternal, std::string(path) + ": " + answer.body);
    return std::move(answer.body);
  }

 private:
  admin::World& world_;
  admin::Books books_;
  admin::Staff staff_;
  const base::Clock& clock_;
  base::UuidGenerator ids_;
};

Result<std::string> make_report(const Options& options, const cli::FoundConfig& found, const cli::Context& context) {
  const ledger::BackendPtr backend = ledger_drivers::backend_of(found.config.ledger);
  PM_CHECK(backend->reader());  // says where it should be
  PM_TRY(gateway::SnapshotPtr snapshot, present_snapshot(found.config, context));
  StillWorld world(found.config, std::move(snapshot),
                   {.version = std::string(context.version), .config_file = found.file});
  Answers answers(world, backend, *context.clock);
  const std::string range = "since=" + options.since + (options.until.empty() ? "" : "&until=" + options.until);
  PM_TRY(const std::string savings, answers.get("/savings", range));
  PM_TRY(const std::string overview, answers.get("/overview", range));
  PM_TRY(const std::string quality, answers.get("/quality", range + "&set=all"));
  PM_TRY(const std::string frontier, answers.get("/frontier", range));
  return admin::report_page(
      {.savings = savings, .overview = overview, .quality = quality, .frontier = frontier, .version = context.version});
}

void run_report(const Options& options, cli::Context& context) {
  const auto found = cli::find_config(options.config, context);
  if (!found) return;
  const auto page = make_report(options, *found, context);
  if (!page) return context.fail(page.error());
  if (options.html.empty() || options.html == "-") return context.out.write(*page);
  const auto written = cli::replace_file(options.html, *page);
  if (!written) return context.fail(written.error());
  context.err.print("written to {}\n", options.html);
}

}  // namespace

void add_report_command(CLI::App& app, cli::Context& context) {
  CLI::App* const command = app.add_subcommand("report", "Write what routing brought as one HTML page");
  command->footer(
      "Savings, traffic, quality and cost against quality, with pictures; nothing is loaded from elsewhere, and no\n"
      "prompt is on it.\n\nExample:\n  pointsman report --since 30d --html report.html");
  const auto options = std::make_shared<Options>();
  command->add_option("--config", options->config, "The configuration file (default: the usual places)")
      ->type_name("FILE");
  command->add_option("--since", options->since, "From then on: 1h, 7d, 2026-01-02, 2026-01-02T15:04 (UTC)")
      ->capture_default_str();
  command->add_option("--until", options->until, "Only before then");
  command->add_option("--html", options->html, "Write to this file instead of standard output")->type_name("FILE");
  command->callback([options, &context] { run_report(*options, context); });
}

}  // namespace pointsman::app
