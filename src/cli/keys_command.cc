#include "cli/keys_command.h"

#include <CLI/CLI.hpp>

#include "cli/find_config.h"
#include "cli/key_limits.h"
#include "cli/key_parts.h"
#include "cli/keys_text.h"
#include "cli/ledger_at.h"
#include "cli/registry_at.h"
#include "cli/text_format.h"
#include "config/units.h"
#include "limits/calendar.h"

namespace pointsman::cli {
namespace {

using base::ErrorCode;
using base::Result;
using ledger::Key;
using ledger::KeyHand;
using ledger::SpendTime;
using Store = std::unique_ptr<ledger::KeyStore>;

struct Options {
  LedgerChoice ledger;
  std::string name;  // of the key, or its id
  std::string owner;
  KeyLimits limits;
  std::string grace = "0s";
  bool all = false;
  bool json = false;
  bool quiet = false;
};

KeyHand hand_of(const Context& context) {
  return {user_name(context.environment), context.clock->wall()};
}

Result<Store> open_for_writing(const ledger::Backend& ledger) {
  return ledger.keys(ledger::Access::kWriting);
}

// Null where no key was ever made.
Result<Store> open_for_reading(const ledger::Backend& ledger) {
  auto store = ledger.keys(ledger::Access::kReading);
  if (!store && store.error().code() == ErrorCode::kNotFound) return nullptr;
  return store;
}

// The store and the key of a command that changes one.
struct Opened {
  Store store;
  Key key;
};

Result<Opened> open_key(const Options& options, const ledger::Backend& ledger) {
  // Where nothing was ever kept, nothing is made.
  PM_TRY(const Store there, open_for_reading(ledger));
  if (!there) return base::fail(ErrorCode::kNotFound, "there are no keys in " + ledger.place());
  Opened opened;
  PM_TRY(opened.store, open_for_writing(ledger));
  PM_TRY(opened.key, find_key(*opened.store, options.name));
  return opened;
}

// The one time that the secret is seen: alone on standard output, what is to be said of it beside.
void show_secret(const base::Secret& secret, const std::string& note, const Options& options, Context& context) {
  if (!options.quiet) context.err.print("{}\n", note);
  context.err.flush();
  context.out.print("{}\n", secret.reveal());
  if (!options.quiet) context.err.write("It is shown only now; what is kept of it cannot be turned back into it.\n");
}

template <class List>
bool names_it(const List& list, std::string_view name) {
  return std::ranges::any_of(list, [&](const auto& one) { return one.name == name; });
}

// Where there is a configuration, what the key names should be in it. Said, not refused: it may come later.
void warn_of_unknown(const Key& key, const Options& options, Context& context) {
  config::DiskFiles files;
  const config::Sources sources{files, context.environment};
  if (locate_config(options.ledger.config, sources).empty()) return;
  const auto found = find_config(options.ledger.config, sources);
  if (!found) return context.err.write("the configuration cannot be read: what the key names was not looked up\n");
  const auto warn = [&](const char* what, const std::string& name) {
    context.err.print("warning: there is no {} {} in {}\n", what, printable(name), found->source());
  };
  const config::Config& config = found->config;
  if (!key.owner.empty() && !names_it(config.owners, key.owner)) warn("owner", key.owner);
  for (const std::string& name : key.models) {
    if (!names_it(config.models, name)) warn("model", name);
  }
  for (const std::string& name : key.categories) {
    if (!names_it(config.categories, name)) warn("category", name);
  }
  if (config.access.keys != config::KeyUse::kOff) return;
  context.err.print("warning: {} says access.keys: off, so nobody looks at keys\n", found->source());
}

Result<void> create(const Options& options, const ledger::Backend& ledger, Context& context) {
  const KeyHand hand = hand_of(context);
  PM_TRY(const FreshSecret secret, fresh_secret());
  Key key{.name = options.name, .owner = options.owner, .created = hand.at};
  PM_TRY(key.id, fresh_key_id(hand.at));
  key.tail = secret.tail;
  key.secrets = {{.digest = secret.digest, .until = {}}};
  PM_CHECK(options.limits.apply(key, hand.at));
  PM_CHECK(check_key(key));
  PM_TRY(const Store store, open_for_writing(ledger));
  PM_CHECK(store->create(key, hand));
  warn_of_unknown(key, options, context);
  show_secret(secret.text, fmt::format("The key {}:", key.name), options, context);
  return {};
}

Result<void> update(const Options& options, const ledger::Backend& ledger, Context& context) {
  PM_TRY(const Opened opened, open_key(options, ledger));
  const KeyHand hand = hand_of(context);
  Key changed = opened.key;
  PM_CHECK(options.limits.apply(changed, hand.at));
  if (changed == opened.key) {
    return base::fail(ErrorCode::kInvalidArgument,
                      "nothing would change; name what the key shall have, or --clear what it shall not");
  }
  PM_CHECK(opened.store->change(opened.key, changed, hand));
  warn_of_unknown(changed, options, context);
  context.out.print("the key {} is changed\n", printable(changed.name));
  return {};
}

Result<void> rotate(const Options& options, const ledger::Backend& ledger, Context& context) {
  const auto grace = config::parse_duration(options.grace);
  if (!grace) {
    return base::fail(ErrorCode::kInvalidArgument,
                      fmt::format("--grace '{}' is not a time; write 30m, 24h or 7d", printable(options.grace)));
  }
  PM_TRY(const Opened opened, open_key(options, ledger));
  PM_TRY(const FreshSecret secret, fresh_secret());
  PM_CHECK(opened.store->rotate(opened.key.id, secret.digest, secret.tail,
                                std::chrono::ceil<std::chrono::seconds>(*grace), hand_of(context)));
  const std::string before =
      grace->count() == 0 ? "the one before has ended" : "the one before is valid for " + options.grace;
  show_secret(secret.text, fmt::format("The new secret of the key {} ({}):", opened.key.name, printable(before)),
              options, context);
  return {};
}

Result<void> revoke(const Options& options, const ledger::Backend& ledger, Context& context) {
  PM_TRY(const Opened opened, open_key(options, ledger));
  PM_TRY(const bool changed, opened.store->revoke(opened.key.id, hand_of(context)));
  const std::string_view how = changed ? "is revoked" : "was revoked before";
  context.out.print("the key {} {}\n", printable(opened.key.name), how);
  return {};
}

// Null where there is no ledger yet.
Result<std::unique_ptr<ledger::SpendReader>> open_spend(const ledger::Backend& ledger) {
  auto reader = ledger.spend();
  if (!reader && reader.error().code() == ErrorCode::kNotFound) return nullptr;
  return reader;
}

// The calendar of access.time_zone, as budgets follow it; UTC where there is no configuration, or none that can be
// read.
limits::TimeZone calendar_of(const Options& options, const Context& context) {
  config::DiskFiles files;
  const config::Sources sources{files, context.environment};
  if (locate_config(options.ledger.config, sources).empty()) return {};
  const auto found = find_config(options.ledger.config, sources);
  if (!found || found->config.access.zone_data.empty()) return {};
  const config::AccessConfig& access = found->config.access;
  return limits::TimeZone::parse(access.zone_data, access.time_zone).value_or(limits::TimeZone());
}

limits::Period same_period(ledger::KeyPeriod period) {
  switch (period) {
    case ledger::KeyPeriod::kDay:
      return limits::Period::kDay;
    case ledger::KeyPeriod::kWeek:
      return limits::Period::kWeek;
    case ledger::KeyPeriod::kMonth:
      return limits::Period::kMonth;
    case ledger::KeyPeriod::kTotal:
      break;
  }
  return limits::Period::kTotal;
}

// Now, and the calendar that periods are of.
struct Today {
  base::WallTime now;
  limits::TimeZone zone;
};

SpendTime spend_time(const Key& key, ledger::KeyPeriod period, const Today& today) {
  return own_time(key, limits::period_at(same_period(period), today.now, today.zone).begin);
}

Result<ShownKey> shown(Key key, ledger::SpendReader* spend, const Today& today) {
  ShownKey one{.key = std::move(key), .month = {}, .budgets = {}};
  if (spend == nullptr) return one;
  const ledger::SpendScope scope{.owner = {}, .key = one.key.name};
  PM_TRY(one.month, spend->sum(scope, spend_time(one.key, ledger::KeyPeriod::kMonth, today)));
  for (const ledger::KeyBudget& budget : one.key.budgets) {
    PM_TRY(const ledger::Spend spent, spend->sum(scope, spend_time(one.key, budget.period, today)));
    one.budgets.push_back({budget, spent});
  }
  return one;
}

Result<void> list(const Options& options, const ledger::Backend& ledger, Context& context) {
  const base::WallTime now = context.clock->wall();
  PM_TRY(const Store store, open_for_reading(ledger));
  PM_TRY(const auto spend, open_spend(ledger));
  std::vector<Key> keys;
  if (store) {
    PM_TRY(keys, store->keys());
  }
  const Today today{now, calendar_of(options, context)};
  std::vector<ShownKey> rows;
  for (Key& key : keys) {
    if (key.revoked && !options.all) continue;
    PM_TRY(ShownKey row, shown(std::move(key), spend.get(), today));
    rows.push_back(std::move(row));
  }
  if (options.json) {
    context.out.write(keys_json(rows, now));
  } else if (rows.empty()) {
    context.err.write("there are no keys; `pointsman keys create --name NAME` makes one\n");
  } else {
    print_keys(rows, now, context.out);
  }
  return {};
}

Result<void> show(const Options& options, const ledger::Backend& ledger, Context& context) {
  const base::WallTime now = context.clock->wall();
  PM_TRY(const Store store, open_for_reading(ledger));
  if (!store) return base::fail(ErrorCode::kNotFound, "there are no keys in " + ledger.place());
  PM_TRY(Key key, find_key(*store, options.name));
  PM_TRY(const auto spend, open_spend(ledger));
  PM_TRY(const auto events, store->events(key.id));
  PM_TRY(const ShownKey one, shown(std::move(key), spend.get(), {now, calendar_of(options, context)}));
  if (options.json) {
    context.out.write(keys_json(std::span(&one, 1), now));
  } else {
    print_key(one, events, now, context.out);
  }
  return {};
}

using Step = Result<void> (*)(const Options&, const ledger::Backend& ledger, Context&);

void run(Step step, const Options& options, Context& context) {
  const ledger::BackendPtr ledger = find_ledger(options.ledger, context);
  if (!ledger) return;
  const auto done = step(options, *ledger, context);
  if (done) return;
  context.fail(done.error(), done.error().code() == ErrorCode::kInvalidArgument ? kUsage : kFailed);
}

struct Subcommand {
  CLI::App* app;
  std::shared_ptr<Options> options;
};

Subcommand add(CLI::App& keys, const char* name, const char* what, Step step, Context& context) {
  Subcommand made{keys.add_subcommand(name, what), std::make_shared<Options>()};
  made.options->ledger.add_options(*made.app);
  made.app->callback([step, options = made.options, &context] { run(step, *options, context); });
  return made;
}

void add_secret_commands(CLI::App& keys, Context& context) {
  constexpr const char* kQuiet = "Print the secret alone, nothing beside it";
  const Subcommand make = add(keys, "create", "Make a key, and show its secret this once", &create, context);
  make.app->add_option("--name", make.options->name, "What it is called in the ledger, in metrics and here")
      ->required();
  make.app->add_option("--owner", make.options->owner, "Whom it belongs to, such as acme/search")->type_name("PATH");
  make.options->limits.add_options(*make.app);
  make.app->add_flag("-q,--quiet", make.options->quiet, kQuiet);
  make.app->footer(
      "The secret is alone on standard output. Budgets follow the calendar of access.time_zone; the budgets of the\n"
      "owner hold as well.\n\n"
      "Example:\n  pointsman keys create --name search-ci --owner acme/search --budget month=50 --expires 90d");

  const Subcommand change = add(keys, "update", "Change what a key may do; its secret stays", &update, context);
  change.app->add_option("key", change.options->name, "Its name or id")->required();
  change.options->limits.add_options(*change.app);
  change.options->limits.add_clear_option(*change.app);
  change.app->footer(
      "What is not named stays as it is. What was spent counts against a new budget, too.\n\n"
      "Example:\n  pointsman keys update search-ci --budget month=80 --expires 30d --clear rpm");

  const Subcommand renew = add(keys, "rotate", "Give a key a new secret, and show it this once", &rotate, context);
  renew.app->add_option("key", renew.options->name, "Its name or id")->required();
  renew.app->add_option("--grace", renew.options->grace, "How long the secret before stays valid: 30m, 24h, 7d")
      ->type_name("TIME")
      ->capture_default_str();
  renew.app->add_flag("-q,--quiet", renew.options->quiet, kQuiet);
  renew.app->footer("Example:\n  pointsman keys rotate search-ci --grace 24h");
}

}  // namespace

void add_keys_command(CLI::App& app, Context& context) {
  CLI::App* keys = app.add_subcommand("keys", "Keys that clients ask with: make, show, change, renew and end them");
  keys->require_subcommand(1);
  add_secret_commands(*keys, context);

  const Subcommand all = add(*keys, "list", "Show the keys, and what each has spent", &list, context);
  all.app->add_flag("--all", all.options->all, "Revoked ones, too");
  all.app->add_flag("--json", all.options->json, "As one JSON object");

  const Subcommand one = add(*keys, "show", "Show all of one key, and who changed it when", &show, context);
  one.app->add_option("key", one.options->name, "Its name or id")->required();
  one.app->add_flag("--json", one.options->json, "As one JSON object");

  const Subcommand end = add(*keys, "revoke", "End a key for ever", &revoke, context);
  end.app->add_option("key", end.options->name, "Its name or id")->required();
  end.app->footer("Example:\n  pointsman keys revoke search-ci");

  keys->footer(
      "Keys are kept in access.db beside the ledger: a hash of each secret, never the secret. A running gateway takes "
      "up\n"
      "changes by itself.\n\n"
      "Example:\n  pointsman keys create --name laptop\n  pointsman keys list\n  pointsman keys revoke laptop");
}

}  // namespace pointsman::cli
