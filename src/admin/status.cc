#include "admin/status.h"

#include <sys/statvfs.h>

#include <algorithm>

#include "admin/health.h"
#include "admin/json_parts.h"
#include "config/load.h"
#include "config/overlay.h"

namespace pointsman::admin {
namespace {

using base::Result;

constexpr std::size_t kMostFile = std::size_t{4} << 20;

// What the file would be if it were read now.
FileFacts look_at_file(const World& world, const config::Config& running) {
  FileFacts out{.path = world.facts().config_file, .first = {}};
  if (out.path.empty()) return out;
  config::DiskFiles files;
  const auto text = files.read(out.path, kMostFile);
  out.readable = text.has_value();
  if (!text) return out;
  const auto loaded = config::load(*text, out.path, {files, world.environment()});
  if (loaded) {
    out.changed = loaded->version != running.version;
    return out;
  }
  out.problems = loaded.error().size();
  out.first = loaded.error().front().to_string();
  return out;
}

std::optional<DiskFacts> look_at_disk(const std::string& directory) {
  struct statvfs facts{};
  if (::statvfs(directory.c_str(), &facts) != 0) return std::nullopt;
  const auto block = static_cast<std::uint64_t>(facts.f_frsize);
  return DiskFacts{.free = facts.f_bavail * block, .total = facts.f_blocks * block};
}

std::vector<route::ModelConcern> price_concerns(const config::Config& config, base::WallTime now) {
  const auto catalogue = route::Catalogue::built_in();
  if (!catalogue) return {};
  return concerns(*catalogue, config::configured_models(config), std::chrono::floor<std::chrono::days>(now),
                  route::kOldAfter);
}

ClassifierFacts classifier_facts(const gateway::Snapshot& champion) {
  const config::RouterConfig& router = champion.config.router;
  const bool local = std::ranges::find(router.stages, config::RouterStage::kLocal) != router.stages.end();
  ClassifierFacts out{.wanted = local && router.classifier != "none",
                      .version = champion.classifier_version,
                      .promises = router.risk.has_value(),
                      .certified = router.risk && router.risk->proved.certified,
                      .next = {}};
  if (router.risk) out.next = router.risk->proved.next;
  return out;
}

std::vector<HealthItem> look(Call& call, const config::Config& config, const gateway::Snapshot& champion,
                             const ledger::LedgerSize& size) {
  const auto limit = static_cast<std::uint64_t>(config.ledger.max_size);
  std::vector<HealthItem> out;
  out.push_back(check_file(look_at_file(call.world, config)));
  out.push_back(check_ledger({.failure = call.world.ledger_failure(),
                              .entries = size.entries,
                              .bytes = size.bytes,
                              .max_bytes = config.ledger.max_size,
                              .oldest = size.oldest,
                              .retention = config.ledger.retention},
                             call.request.at));
  out.push_back(check_disk(look_at_disk(config.ledger.path), limit > size.bytes ? limit - size.bytes : 0));
  out.push_back(check_prices(price_concerns(config, call.request.at)));
  out.push_back(check_classifier(classifier_facts(champion)));
  out.push_back(check_keys(config.listeners, call.world.needs_key()));
  if (config.admin) out.push_back(check_users(*config.admin));
  return out;
}

void write_names(json::Writer& json, std::string_view name, const std::vector<std::string>& names) {
  json.key(name).begin_array();
  for (const std::string& one : names) json.value(one);
  json.end_array();
}

void write_category(json::Writer& json, const config::PolicyCategory& one) {
  json.begin_object().member("name", one.name).member("description", one.description);
  write_names(json, "models", one.models);
  json.key("threshold");
  one.threshold > 1 ? json.null() : json.value(one.threshold);  // above 1: nothing could be certified
  json.member("certified", one.certified).end_object();
}

void write_ledger(json::Writer& json, const ledger::LedgerSize& size, const config::LedgerConfig& config) {
  json.begin_object().member("entries", size.entries);
  write_time(json.key("oldest"), size.oldest);
  write_time(json.key("newest"), size.newest);
  json.member("bytes", size.bytes).member("max_bytes", config.max_size);
  json.member("store_prompts", config.store_prompts == config::StorePrompts::kFull).end_object();
}

// Of keys that are live, for filters.
Result<std::vector<std::string>> key_names(Call& call) {
  PM_TRY(ledger::KeyStore * store, call.books.keys());
  PM_TRY(const auto keys, store->keys());
  std::vector<std::string> out;
  for (const ledger::Key& one : keys) {
    if (one.live(call.request.at)) out.push_back(one.name);
  }
  return out;
}

// Clients add the version of the API themselves.
std::string without_version(std::string url) {
  constexpr std::string_view kVersion = "/v1";
  if (url.ends_with(kVersion)) url.resize(url.size() - kVersion.size());
  return url;
}

void write_facts(json::Writer& json, const Facts& facts, base::WallTime now, const gateway::Snapshot& champion) {
  json.member("version", facts.version);
  write_time(json.key("started"), facts.started);
  write_time(json.key("now"), now);
  json.member("base_url", without_version(facts.base_url)).member("policy_version", champion.policy_version);
  json.member("classifier_version", champion.classifier_version).key("categories").begin_array();
  for (const config::PolicyCategory& one : champion.policy.categories) write_category(json, one);
  json.end_array().key("models").begin_array();
  for (const route::MarketModel& one : champion.market.models()) json.value(one.model.name);
  json.end_array();
  write_names(json, "fallback", champion.policy.fallback);
}

}  // namespace

Result<Answer> get_status(Call& call) {
  const config::Config config = call.world.configured();
  const gateway::SnapshotPtr champion = call.world.lineup().champion;
  PM_TRY(const std::vector<std::string> keys, key_names(call));
  PM_TRY(ledger::LedgerGauge * gauge, call.books.gauge());
  PM_TRY(const ledger::LedgerSize size, gauge->measure(call.clock.mono()));
  const std::vector<HealthItem> health = look(call, config, *champion, size);
  Answer out;
  json::Writer json(out.body);
  json.begin_object();
  write_facts(json, call.world.facts(), call.request.at, *champion);
  write_names(json, "keys", keys);
  write_ledger(json.key("ledger"), size, config.ledger);
  json.key("health").begin_array();
  for (const HealthItem& one : health) {
    json.begin_object().member("what", one.what).member("state", to_string(one.state));
    json.member("text", one.text).member("fix", one.fix).end_object();
  }
  json.end_array().end_object();
  return out;
}

}  // namespace pointsman::admin
