#include "admin/providers.h"

#include <algorithm>
#include <map>

#include "admin/json_parts.h"
#include "admin/spread.h"
#include "route/catalogue.h"

namespace pointsman::admin {
namespace {

using base::Result;

constexpr int kTooMany = 429;
constexpr std::string_view kUnverifiedSource = "catalogue, unverified";

// Calls that were made, at one model of one provider.
struct Calls {
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;        // that did not answer well, too many requests excepted
  std::uint64_t rate_limited = 0;  // 429
  Spread first_byte;
};
// By provider and model: a model may have moved.
using CallsByModel = std::map<std::pair<std::string, std::string>, Calls>;

// Given up by us or by the client: says nothing about the provider.
bool is_given_up(const ledger::Attempt& one) {
  return one.error == to_string(base::ErrorCode::kCancelled) || one.error == ledger::kUnanswered;
}

void add(CallsByModel& all, const ledger::Attempt& one) {
  Calls& calls = all[{one.provider, one.model}];
  ++calls.requests;
  if (one.status == kTooMany) {
    ++calls.rate_limited;
  } else if (!one.error.empty() && !is_given_up(one)) {
    ++calls.errors;
  }
  if (one.error.empty() && one.first_byte.count() > 0) calls.first_byte.add(one.first_byte);
}

Result<CallsByModel> read_calls(Call& call, const TimeRange& range) {
  CallsByModel out;
  ledger::Filter filter{.since = range.since, .until = range.until};
  filter.limit = std::numeric_limits<std::size_t>::max();
  PM_TRY(ledger::Reader * ledger, call.books.ledger());
  PM_CHECK(ledger->scan(filter, [&](const ledger::Entry& entry) {
    for (const ledger::Attempt& one : entry.attempts) add(out, one);
    return call.wanted();
  }));
  return out;
}

// The price in force and where it is from.
struct Price {
  route::Prices prices;
  std::string source;
  std::string verified;  // date; empty: unknown
};

Price price_of(const config::ModelConfig& own, const route::Prices& in_force, const route::Catalogue* catalogue) {
  Price out{.prices = in_force, .source = "unknown", .verified = {}};
  const bool stated = own.price.input || own.price.output || own.price.cached_input;
  if (stated) out.source = "configuration";
  if (stated || catalogue == nullptr || (!in_force.input && !in_force.output)) return out;
  const route::CatalogueEntry* entry = catalogue->find(own.upstream);
  if (entry == nullptr) entry = catalogue->find(own.name);
  if (entry == nullptr) return out;
  const bool verified = entry->source != route::kUnverified;
  out.source = verified ? "catalogue" : kUnverifiedSource;
  if (verified) out.verified = entry->as_of;
  return out;
}

void write_per_million(json::Writer& json, std::string_view name, const std::optional<base::TokenPrice>& price) {
  json.key(name);
  price ? json.raw(base::Money{price->picos * 1000}.to_string()) : json.null();  // picos are of one token
}

void write_price(json::Writer& json, const Price& price) {
  json.begin_object();
  write_per_million(json, "input", price.prices.input);
  write_per_million(json, "output", price.prices.output);
  write_per_million(json, "cached_input", price.prices.cached_input);
  json.member("source", price.source).key("verified");
  write_text_or_null(json, price.verified);
  json.end_object();
}

std::string_view word_for(ModelHealth::Breaker breaker) {
  switch (breaker) {
    case ModelHealth::Breaker::kClosed:
      return "closed";
    case ModelHealth::Breaker::kHalfOpen:
      return "half_open";
    case ModelHealth::Breaker::kOpen:
      return "open";
  }
  return "open";
}

struct Sheet {
  config::Config config;
  gateway::SnapshotPtr champion;
  CallsByModel calls;
  std::vector<ModelHealth> health;
  std::optional<route::Catalogue> catalogue;
};

void write_counts(json::Writer& json, const Calls& calls) {
  json.member("requests", calls.requests).member("errors", calls.errors).member("rate_limited", calls.rate_limited);
}

void write_model(json::Writer& json, const config::ModelConfig& model, const Sheet& sheet) {
  json.begin_object().member("name", model.name).member("upstream", model.upstream);
  const auto health = std::ranges::find(sheet.health, model.name, &ModelHealth::model);
  const bool known = health != sheet.health.end();
  json.member("breaker", word_for(known ? health->breaker : ModelHealth::Breaker::kClosed));
  write_time(json.key("rests_until"), known ? health->rests_until : std::nullopt);
  const auto calls = sheet.calls.find({model.provider, model.name});
  static const Calls kNone;
  const Calls& made = calls == sheet.calls.end() ? kNone : calls->second;
  write_counts(json, made);
  write_percentiles(json.key("first_byte_us"), made.first_byte);
  const int at = sheet.champion->find_model(model.name);
  const route::Prices in_force =
      at < 0 ? model.price : sheet.champion->market.model(static_cast<route::ModelIndex>(at)).prices;
  write_price(json.key("price"), price_of(model, in_force, sheet.catalogue ? &*sheet.catalogue : nullptr));
  json.end_object();
}

// All that it was asked, models included that are not configured any more.
Calls calls_of(const Sheet& sheet, std::string_view provider) {
  Calls out;
  for (const auto& [whose, calls] : sheet.calls) {
    if (whose.first != provider) continue;
    out.requests += calls.requests;
    out.errors += calls.errors;
    out.rate_limited += calls.rate_limited;
  }
  return out;
}

void write_provider(json::Writer& json, const config::ProviderConfig& provider, const Sheet& sheet) {
  json.begin_object().member("name", provider.name);
  json.member("kind", provider.kind == config::ProviderKind::kAnthropic ? "anthropic" : "openai");
  write_counts(json, calls_of(sheet, provider.name));
  json.key("models").begin_array();
  for (const config::ModelConfig& one : sheet.config.models) {
    if (one.provider == provider.name) write_model(json, one, sheet);
  }
  json.end_array().end_object();
}

}  // namespace

Result<Answer> get_providers(Call& call) {
  PM_TRY(const TimeRange range, call.query.range());
  Sheet sheet{.config = call.world.configured(),
              .champion = call.world.lineup().champion,
              .calls = {},
              .health = call.world.model_health(),
              .catalogue = {}};
  PM_TRY(sheet.calls, read_calls(call, range));
  if (auto catalogue = route::Catalogue::built_in()) sheet.catalogue = std::move(*catalogue);
  Answer out;
  json::Writer json(out.body);
  write_time(json.begin_object().key("since"), range.since);
  write_time(json.key("until"), range.until);
  json.key("providers").begin_array();
  for (const config::ProviderConfig& one : sheet.config.providers) write_provider(json, one, sheet);
  json.end_array().end_object();
  return out;
}

}  // namespace pointsman::admin
