#include "cli/commands.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>

#include "base/suggest.h"
#include "cli/catalogue_command.h"
#include "cli/check_command.h"
#include "cli/classify_command.h"
#include "cli/config_command.h"
#include "cli/doctor_command.h"
#include "cli/encoder_command.h"
#include "cli/eval_command.h"
#include "cli/explain_command.h"
#include "cli/feedback_command.h"
#include "cli/forget_command.h"
#include "cli/health_command.h"
#include "cli/init_command.h"
#include "cli/keys_command.h"
#include "cli/label_command.h"
#include "cli/log_command.h"
#include "cli/migrate_command.h"
#include "cli/models_command.h"
#include "cli/outcomes_command.h"
#include "cli/pair_command.h"
#include "cli/promote_command.h"
#include "cli/replay_command.h"
#include "cli/route_command.h"
#include "cli/savings_command.h"
#include "cli/simulate_command.h"
#include "cli/tokens_command.h"
#include "cli/top_command.h"
#include "cli/train_command.h"
#include "cli/tune_command.h"
#include "cli/version_command.h"
#include "cli/webhooks_command.h"

namespace pointsman::cli {
namespace {

// CLI11 would call a mistyped command an unexpected argument.
bool refuse_unknown_command(CLI::App& app, Context& context, int argc, const char* const* argv) {
  if (argc < 2 || argv[1][0] == '-') return false;
  std::vector<std::string> known;
  for (const CLI::App* command : app.get_subcommands(nullptr)) known.push_back(command->get_name());
  if (std::ranges::find(known, argv[1]) != known.end()) return false;
  const auto near = base::nearest_names(argv[1], known, 1);
  const std::string hint = near.empty() ? "see pointsman --help" : "did you mean '" + near.front() + "'?";
  context.fail(fmt::format("there is no command '{}'; {}", argv[1], hint), kUsage);
  return true;
}

}  // namespace

void add_commands(CLI::App& app, Context& context) {
  add_check_command(app, context);
  add_config_command(app, context);
  add_doctor_command(app, context);
  add_health_command(app, context);
  add_top_command(app, context);
  add_init_command(app, context);
  add_route_command(app, context);
  add_log_command(app, context);
  add_explain_command(app, context);
  add_savings_command(app, context);
  add_replay_command(app, context);
  add_feedback_command(app, context);
  add_label_command(app, context);
  add_train_command(app, context);
  add_eval_command(app, context);
  add_tune_command(app, context);
  add_pair_command(app, context);
  add_outcomes_command(app, context);
  add_promote_command(app, context);
  add_rollback_command(app, context);
  add_withdraw_command(app, context);
  add_models_command(app, context);
  add_migrate_command(app, context);
  add_classify_command(app, context);
  add_encoder_command(app, context);
  add_catalogue_command(app, context);
  add_tokens_command(app, context);
  add_keys_command(app, context);
  add_webhooks_command(app, context);
  add_forget_command(app, context);
  add_simulate_command(app, context);
  add_version_command(app, context);
}

int run(CLI::App& app, Context& context, int argc, const char* const* argv) {
  if (refuse_unknown_command(app, context, argc, argv)) {
    context.finish();
    return context.exit_code;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    std::ostringstream err;
    const bool asked = app.exit(error, out, err) == 0;  // --help and --version come as "errors" too
    context.out.write(out.str());
    if (!err.str().empty()) context.err.print("pointsman: {}", err.str());
    context.exit_code = asked ? kOk : kUsage;
  }
  context.finish();
  return context.exit_code;
}

}  // namespace pointsman::cli
