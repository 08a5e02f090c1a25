#include "cli/config_summary.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "cli/table.h"
#include "cli/text_format.h"
#include "config/units.h"
#include "route/catalogue.h"
#include "shared_redis/answer_shelf.h"

namespace pointsman::cli {
namespace {

void print_listeners(const config::Config& config, Output& out) {
  for (const config::ListenerConfig& listener : config.listeners) {
    out.print("  listens on  {}://{}\n", listener.tls ? "https" : "http", listener.address.to_string());
  }
  if (config.admin) out.print("  admin on    http://{}\n", config.admin->address.to_string());
}

void print_providers(const config::Config& config, Output& out) {
  out.write("\n");
  Table table({{"provider"}, {"address"}, {"key"}}, 2);
  for (const config::ProviderConfig& one : config.providers) {
    table.add({printable(one.name), printable(one.base_url.to_string()), one.api_key.empty() ? "none" : "set"});
  }
  table.print(out);
}

std::string price_of(const route::Prices& prices) {
  if (!prices.known()) return "unknown";
  return fmt::format("${} / ${}", config::format_price(*prices.input), config::format_price(*prices.output));
}

void print_models(const route::Market& market, Output& out) {
  out.write("\n");
  Table table({{"model"}, {"provider"}, {"price in / out per 1M"}, {"window", Table::Align::kRight}, {"can do"}}, 2);
  for (const route::MarketModel& one : market.models()) {
    const route::Model& model = one.model;
    const auto names = model.capabilities.names();
    table.add({printable(model.name), printable(model.provider), price_of(model.prices),
               model.context_window ? std::to_string(*model.context_window) : "unknown",
               names.empty() ? "chat" : fmt::format("{}", fmt::join(names, ", "))});
  }
  table.print(out);
}

void print_categories(const gateway::Snapshot& snapshot, Output& out) {
  out.write("\n");
  const bool both = snapshot.consultant != nullptr;
  std::vector<Table::Column> columns{{"category"}, {"threshold", Table::Align::kRight}};
  if (both) columns.push_back({"with the small model", Table::Align::kRight});
  columns.push_back({"first by"});
  columns.push_back({"models"});
  Table table(columns, 2);
  for (const config::PolicyCategory& one : snapshot.policy.categories) {
    std::vector<std::string> cells{printable(one.name), shown_threshold(one.threshold, one.certified)};
    if (both) cells.push_back(shown_threshold(one.pooled_threshold, one.certified));
    cells.emplace_back(to_string(one.strategy));
    cells.push_back(printable(fmt::format("{}", fmt::join(one.models, ", ")), 100));
    table.add(std::move(cells));
  }
  table.print(out);
}

void print_rest(const gateway::Snapshot& snapshot, Output& out) {
  const config::Config& config = snapshot.config;
  out.print("\n  routed as   model \"{}\"; fallback {}\n", printable(config.router.name),
            printable(fmt::format("{}", fmt::join(config.router.fallback, ", ")), 200));
  if (snapshot.rules.size() > 0) out.print("  rules       {}\n", snapshot.rules.size());
  if (snapshot.classifier) {
    out.print("  classifier  {} ({:.12}), {}\n", printable(config.router.classifier), snapshot.classifier_version,
              count_of(snapshot.classifier->categories().size(), "category", "categories"));
  } else {
    out.print("  classifier  none: rules and the client's header decide, everything else goes to the fallback\n");
  }
  if (snapshot.encoder) {
    const config::EncoderConfig& encoder = *config.router.encoder;
    out.print("  encoder     {} ({:.12}), {}, at most {} a request\n", printable(encoder.path, 200),
              snapshot.encoder->id(), count_of(static_cast<std::size_t>(encoder.threads), "thread", "threads"),
              config::format_duration(encoder.deadline));
  }
  if (config.router.risk) {
    const classify::Certificate& proved = config.router.risk->proved;
    out.print("  promise     {} ({})\n", proved.certified ? proved.promise() : "none could be certified",
              printable(config.router.risk->certificate, 200));
  }
  if (snapshot.consultant) {
    out.print("  promise     {} ({})\n", snapshot.promise().value_or("none could be certified"),
              printable(config.router.llm->pairing, 200));
  }
  if (const auto& explore = config.router.explore) {
    out.print("  explore     {} of what the classifier decides, for at most {} a day{}\n",
              config::format_share(explore->share), dollars(explore->max_cost_per_day),
              explore->down ? ", weaker models too" : "");
  }
  const config::LedgerConfig& ledger = config.ledger;
  if (ledger.postgres) out.print("  database    {}\n", printable(ledger.postgres->url, 200));
  if (const auto& redis = config.shared.redis) {
    out.print("  redis       {}{}, for rates, conversations{} and breakers of all replicas with the prefix {}\n",
              printable(redis->address.to_string(), 200), redis->tls ? " over TLS" : "",
              shared_redis::sealing_secret(*redis).empty() ? "" : ", answers", redis->prefix);
  }
  out.print("  ledger      {}, kept for {} up to {}, prompts {}\n", printable(ledger.path, 200),
            config::format_duration(ledger.retention), config::format_size(ledger.max_size),
            ledger.store_prompts == config::StorePrompts::kFull ? "kept"
            : ledger.store_features                             ? "not kept (hashed features are, to learn from)"
                                                                : "not kept");
}

// Models whose price comes from the built-in catalogue, which never held it against the provider's own pages.
std::vector<std::string> unverified_prices(const route::Market& market) {
  std::vector<std::string> names;
  const auto catalogue = route::Catalogue::built_in();
  if (!catalogue) return names;
  for (const route::MarketModel& one : market.models()) {
    const route::CatalogueEntry* entry = catalogue->find(one.model.upstream_name);
    if (entry == nullptr || entry->source != route::kUnverified || !one.model.prices.known()) continue;
    const route::Prices& listed = entry->model.prices;
    if (one.model.prices.input == listed.input && one.model.prices.output == listed.output) {
      names.push_back(one.model.name);
    }
  }
  return names;
}

// Models whose answers are judged by their structure alone.
std::vector<std::string> judged_without_logprobs(const gateway::Snapshot& snapshot) {
  std::vector<std::string> names;
  for (const config::CategoryConfig& category : snapshot.config.categories) {
    if (category.strategy != route::Strategy::kEscalate) continue;
    for (const std::string& name : category.models) {
      const auto model = snapshot.market.find(name);
      const bool mute = model && !snapshot.market.model(*model).capabilities.has(llm::Capability::kLogprobs);
      if (mute && std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
  }
  return names;
}

void add_redis_notes(const config::Config& config, std::vector<std::string>& notes) {
  const auto& redis = config.shared.redis;
  if (!redis) return;
  const bool keeps = std::ranges::any_of(config.categories, [](const auto& one) { return one.cache_ttl.has_value(); });
  if (keeps && shared_redis::sealing_secret(*redis).empty()) {
    notes.emplace_back("each replica keeps answers for itself: set shared.redis.secret to share them");
  }
  if (!redis->tls && !redis->address.is_loopback()) {
    notes.emplace_back(
        "Redis is spoken to in clear, its password too: set shared.redis.tls unless the network is your own");
  }
}

// Not wrong, but seldom meant.
void print_notes(const gateway::Snapshot& snapshot, Output& out) {
  std::vector<std::string> notes;
  if (snapshot.classifier && !snapshot.projection.unknown_to_classifier().empty()) {
    notes.push_back(fmt::format("the classifier can never choose {}: train one with `pointsman train --config`",
                                fmt::join(snapshot.projection.unknown_to_classifier(), ", ")));
  }
  add_redis_notes(snapshot.config, notes);
  if (!snapshot.encoder_note.empty()) notes.push_back(snapshot.encoder_note);
  if (!snapshot.consultant_note.empty()) notes.push_back(snapshot.consultant_note);
  if (const auto& llm = snapshot.config.router.llm; snapshot.consultant && !llm->paired.certified) {
    notes.push_back(fmt::format(
        "warning: {}: nothing is certified, so all that the classifier would decide goes to the fallback; {}",
        llm->place, llm->paired.next));
  }
  std::vector<std::string> unpriced;
  for (const route::MarketModel& one : snapshot.market.models()) {
    if (!one.model.prices.known()) unpriced.push_back(one.model.name);
  }
  if (const auto& risk = snapshot.config.router.risk; risk && !risk->proved.certified) {
    notes.push_back(fmt::format(
        "warning: {}: nothing is certified, so all that the classifier would decide goes to the fallback; {}",
        risk->place, risk->proved.next));
  }
  if (!unpriced.empty()) {
    notes.push_back(fmt::format("no price is known for {}: their cost stays unknown, and they rank after priced ones",
                                fmt::join(unpriced, ", ")));
  }
  if (const auto names = unverified_prices(snapshot.market); !names.empty()) {
    notes.push_back(fmt::format("the prices of {} are unverified: compare them with the provider's own list",
                                fmt::join(names, ", ")));
  }
  if (const auto names = judged_without_logprobs(snapshot); !names.empty()) {
    notes.push_back(fmt::format(
        "where answers are judged, those of {} are by their structure alone: give a model the capability logprobs if "
        "it has them",
        fmt::join(names, ", ")));
  }
  if (!notes.empty()) out.write("\n");
  for (const std::string& note : notes) out.print("  note: {}\n", printable(note, 500));
}

}  // namespace

void print_summary(const gateway::Snapshot& snapshot, std::string_view source, Output& out) {
  out.print("{}: everything is in order\n\n", out.bold(source));
  print_listeners(snapshot.config, out);
  print_providers(snapshot.config, out);
  print_models(snapshot.market, out);
  print_categories(snapshot, out);
  print_rest(snapshot, out);
  print_notes(snapshot, out);
}

}  // namespace pointsman::cli
