#include "config/check.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <set>

#include "limits/quota_definition.h"
#include "webhook/public_address.h"
#include "webhook/signature.h"

namespace pointsman::config {
namespace {

constexpr std::int64_t kPatternMemory = 8 * 1024 * 1024;
constexpr std::size_t kMaxCategories = 256;
constexpr std::size_t kShortestSecret = 32;
// Set by the gateway itself for each request (RFC 9110, section 7.6.1, and framing).
constexpr std::array<std::string_view, 9> kReservedHeaders = {"connection", "content-length",    "content-type",
                                                              "host",       "keep-alive",        "te",
                                                              "trailer",    "transfer-encoding", "upgrade"};

// The defined names, in the order of the file for suggestions and indexed for finding.
struct Names {
  std::vector<std::string> list;
  std::set<std::string, std::less<>> index;

  template <class T>
  explicit Names(const std::vector<T>& all) {
    for (const T& one : all) list.push_back(one.name);
    index.insert(list.begin(), list.end());
  }
  explicit Names(const std::vector<std::string>& all) : list(all), index(all.begin(), all.end()) {}
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

class Checker {
 public:
  Checker(const Config& config, const Places& places, Problems& problems)
      : config_(config),
        places_(places),
        problems_(problems),
        provider_names_(config.providers),
        model_names_(config.models),
        category_names_(config.categories) {}

  void all() {
    listeners();
    for (const ProviderConfig& one : config_.providers) provider(one);
    for (const ModelConfig& one : config_.models) model(one);
    categories();
    rules();
    router();
    owners();
    for (const WebhookConfig& one : config_.webhooks) receiver(one);
    if (config_.telemetry.otlp) collector(*config_.telemetry.otlp);
    if (config_.ledger.postgres) database(config_.ledger.postgres->url);
    if (config_.shared.redis) redis(*config_.shared.redis);
  }

 private:
  void add(const std::string& path, std::string message) { problems_.add(places_.at(path), path, std::move(message)); }

  // Names travel in headers, metrics and log lines.
  void name(const std::string& path, std::string_view name, std::string_view what) {
    const bool fits = !name.empty() && name.size() <= 128 && std::ranges::all_of(name, [](char c) {
      return c > 0x20 && c < 0x7f && c != '"' && c != '\\' && c != ',';
    });
    if (!fits) {
      add(path, fmt::format("{} is not usable as the name of a {}; write up to 128 ASCII letters, digits and - _ . / :",
                            places_.shown(path, name), what));
    }
  }

  void reference(const std::string& path, const std::string& wanted, const Names& known, std::string_view what) {
    if (known.index.contains(wanted)) return;
    add(path, fmt::format("there is no {} {}{}", what, places_.shown(path, wanted),
                          problems_.full() ? "" : hint_for(wanted, known.list)));
  }

  void models_of(const std::string& path, const std::vector<std::string>& wanted) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      reference(index_path(path, i), wanted[i], model_names_, "model");
      if (!seen.insert(wanted[i]).second) {
        add(index_path(path, i),
            fmt::format("{} is listed twice; remove one of them", places_.shown(index_path(path, i), wanted[i])));
      }
    }
  }

  void listeners() {
    std::set<Address> seen;
    for (std::size_t i = 0; i < config_.listeners.size(); ++i) {
      const Address& address = config_.listeners[i].address;
      if (address.port == 0 || seen.insert(address).second) continue;
      add(index_path("listeners", i), fmt::format("{} is listened on twice; remove one of them", address.to_string()));
    }
    if (config_.admin && config_.admin->address.port != 0 && seen.contains(config_.admin->address)) {
      add("admin.address",
          fmt::format("{} is also a client listener; choose another port", config_.admin->address.to_string()));
    }
    if (!config_.admin) return;
    for (const AdminUser& one : config_.admin->users) admin_user(one);
  }

  void provider(const ProviderConfig& one) {
    const std::string path = join_path("providers", one.name);
    name(path, one.name, "provider");
    if (one.base_url.empty() && !places_.has(path + ".base_url")) {
      add(path + ".base_url", "is missing; write where the API begins, such as https://api.example.com/v1");
    }
    if (!one.auth_header.empty()) header(path + ".auth_header", one.auth_header);
    for (const Header& extra : one.headers) header(join_path(path + ".headers", extra.name), extra.name);
  }

  void header(const std::string& path, std::string_view name) {
    const bool token = std::ranges::all_of(name, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
    if (!token) {
      return add(path,
                 fmt::format("{} is not a header name; write letters, digits and \"-\"", places_.shown(path, name)));
    }
    if (std::ranges::find(kReservedHeaders, lower(name)) == kReservedHeaders.end()) return;
    add(path, fmt::format("the header {} is set by the gateway itself; remove it", places_.shown(path, name)));
  }

  void model(const ModelConfig& one) {
    const std::string path = join_path("models", one.name);
    name(path, one.name, "model");
    if (!one.provider.empty()) reference(path + ".provider", one.provider, provider_names_, "provider");
    if (one.name == config_.router.name) {
      add(path, fmt::format("{} is the router's own name; rename the model or set router.name", quoted(one.name)));
    }
    const auto within_window = [&](std::string_view key, const std::optional<std::int64_t>& value) {
      if (!value || !one.context_window || *value <= *one.context_window) return;
      add(join_path(path, key),
          fmt::format("{} is more than the context_window of {}; write at most that", *value, *one.context_window));
    };
    tiers(path + ".price", one.price);
    within_window("max_input", one.max_input);
    within_window("max_output", one.max_output);
  }

  void tiers(const std::string& path, const route::Prices& price) {
    for (std::size_t i = 0; i < price.tiers.size(); ++i) {
      const route::PriceTier& tier = price.tiers[i];
      const std::string at = index_path(path + ".tiers", i);
      if (i > 0 && tier.above <= price.tiers[i - 1].above) {
        add(at + ".above", "is not more than that of the tier before; list tiers by rising length");
      }
      if (!tier.known()) add(at, "is not a whole price; write input and output");
    }
  }

  void categories() {
    if (config_.categories.size() > kMaxCategories) {
      add("categories", fmt::format("there are more than {} categories; merge some", kMaxCategories));
    }
    for (const CategoryConfig& one : config_.categories) {
      const std::string path = join_path("categories", one.name);
      name(path, one.name, "category");
      models_of(path + ".models", one.models);
      weights(path + ".weights", one);
      if (one.escalate && one.strategy != route::Strategy::kEscalate) {
        add(path + ".escalate", "is only for strategy escalate; write strategy: escalate or remove it");
      }
      if (one.speculate) speculation(path + ".speculate", one);
      if (one.context) context(path + ".context", *one.context);
      if (!one.baseline.empty()) reference(path + ".baseline", one.baseline, model_names_, "model");
    }
  }

  void context(const std::string& path, const ContextConfig& one) {
    if (!one.summary) return;
    const std::string at = path + ".summary";
    if (one.policy != ContextPolicy::kTrim) add(at, "is only for policy trim; write policy: trim or remove it");
    if (one.summary->model.empty()) return;  // told already
    reference(at + ".model", one.summary->model, model_names_, "model");
    const auto model = std::ranges::find(config_.models, one.summary->model, &ModelConfig::name);
    if (model == config_.models.end() || !model->max_output || one.summary->max_tokens <= *model->max_output) return;
    add(at + ".max_tokens", fmt::format("{} is more than the max_output of {}; write at most that",
                                        one.summary->max_tokens, *model->max_output));
  }

  void weights(const std::string& path, const CategoryConfig& category) {
    if (category.weights.empty()) return;
    if (category.strategy != route::Strategy::kSplit) {
      add(path, "is only for strategy split; write strategy: split or remove it");
    }
    const Names known(category.models);
    std::int64_t all =
        static_cast<std::int64_t>(category.models.size() - std::min(category.models.size(), category.weights.size()));
    for (const WeightConfig& one : category.weights) {
      reference(join_path(path, one.name), one.name, known, "model in this category called");
      all += one.weight;
    }
    if (all == 0) add(path, "has nothing but zeros; give one model more");
  }

  void speculation(const std::string& path, const CategoryConfig& category) {
    if (!config_.router.llm) {
      add(path, "is for the time that the small model of router.llm takes; set router.llm or remove it");
    }
    if (category.strategy == route::Strategy::kEscalate) {
      add(path, "is not possible with strategy escalate, which judges an answer first; remove one of them");
    }
  }

  void rules() {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < config_.rules.size(); ++i) {
      const classify::Rule& rule = config_.rules[i];
      const std::string path = index_path("rules", i);
      if (!rule.name.empty()) name(path + ".name", rule.name, "rule");
      if (!rule.name.empty() && !seen.insert(rule.name).second) {
        add(path + ".name",
            fmt::format("there is already a rule {}; give it another name", places_.shown(path + ".name", rule.name)));
      }
      if (!rule.category.empty()) reference(path + ".category", rule.category, category_names_, "category");
      if (!places_.has(path + ".keywords") && !places_.has(path + ".patterns")) {
        add(path, "can never match; write keywords or patterns");
      }
      for (std::size_t k = 0; k < rule.patterns.size(); ++k)
        pattern(index_path(path + ".patterns", k), rule.patterns[k]);
    }
  }

  void pattern(const std::string& path, const std::string& text) {
    re2::RE2::Options options;
    options.set_max_mem(kPatternMemory);
    options.set_log_errors(false);
    const re2::RE2 compiled(text, options);
    if (compiled.ok()) return;
    // The library's message repeats the pattern.
    const std::string why = places_.was_filled(path) ? "" : ": " + compiled.error();
    add(path, fmt::format("is not an RE2 regular expression{}", why));
  }

  void router() {
    const RouterConfig& router = config_.router;
    name("router.name", router.name, "router");
    models_of("router.fallback", router.fallback);
    if (router.fallback.empty() && !places_.has("router.fallback") && !config_.models.empty()) {
      add("router.fallback", "is missing; list the most capable model first: it answers whatever the router doubts");
    }
    if (router.llm) tiers("router.llm.price", router.llm->price);
    context("router.context", router.context);
    if (!router.baseline.empty()) reference("router.baseline", router.baseline, model_names_, "model");
    if (router.explore && router.explore->down && router.risk) {
      add("router.explore.down", "sends requests to weaker models than router.risk promises; remove one of the two");
    }
  }

  void owners() {
    for (const OwnerConfig& one : config_.owners) {
      const std::string path = join_path("owners", one.name);
      name(path, one.name, "owner");
      if (one.name.starts_with('/') || one.name.ends_with('/') || one.name.contains("//")) {
        add(path, "has an empty part; write names with one / between them, such as acme/search");
      }
      // A key and an end user are nodes of the same tree, below their owner.
      if (std::ranges::count(one.name, '/') > 5) add(path, "has more than 6 parts; write fewer");
      if (one.name.find_first_of("#@") != std::string::npos) {
        add(path, "has a '#' or '@', which set keys and end users off; remove it");
      }
      models_of(path + ".models", one.models);
      for (std::size_t i = 0; i < one.categories.size(); ++i) {
        reference(index_path(path + ".categories", i), one.categories[i], category_names_, "category");
      }
      budgets(path, one.budgets);
      if (one.end_users) budgets(path + ".end_users", one.end_users->budgets);
    }
  }

  void budgets(const std::string& path, const std::vector<BudgetConfig>& all) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      const BudgetConfig& one = all[i];
      const std::string place = index_path(path + ".budgets", i);
      if (!one.money && !one.tokens) add(place, "limits nothing; write money or tokens");
      if (one.money && one.money->nanos > limits::kLargestBudget) {
        add(place + ".money", "is more than a budget can hold, 1152921504 dollars; leave it out for no limit");
      }
      const auto same = [&one](const BudgetConfig& before) {
        return before.period == one.period && ((before.money && one.money) || (before.tokens && one.tokens));
      };
      if (std::any_of(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(i), same)) {
        add(place, "is there twice: another one of the same period says the same");
      }
    }
  }

  void admin_user(const AdminUser& one) {
    const std::string path = join_path("admin.users", one.name);
    name(path, one.name, "user");
    if (one.password.empty() || one.password.reveal().starts_with("$argon2id$")) return;
    add(path + ".password", "is not an argon2id hash; `pointsman passwd` makes one of a password");
  }

  void receiver(const WebhookConfig& one) {
    const std::string path = join_path("webhooks", one.name);
    name(path, one.name, "webhook");
    if (!one.secret.empty()) {
      const auto key = webhook::SigningKey::parse(one.secret);
      if (!key) add(path + ".secret", key.error().message());
    }
    if (one.url.empty() || one.allow_private) return;
    if (!one.url.tls)
      add(path + ".url", "is not https; write https://, or set allow_private for a receiver of your own");
    if (const auto why = webhook::why_host_is_not_public(one.url.address.host)) {
      add(path + ".url",
          fmt::format("its host {}; write a public name, or set allow_private for a receiver of your own", *why));
    }
  }

  void collector(const OtlpConfig& one) {
    for (const Header& extra : one.headers) header(join_path("telemetry.otlp.headers", extra.name), extra.name);
  }

  // What stands between "//" and '@', and the parameters, may hold a password; both are printed by nobody else.
  void database(std::string_view url) {
    const std::string path = "ledger.postgres.url";
    const std::size_t scheme = url.find("://");
    if (!url.starts_with("postgresql://") && !url.starts_with("postgres://")) {
      return add(path, "is not the URL of a PostgreSQL database; write postgresql://user@host:5432/name");
    }
    const std::string_view rest = url.substr(scheme + 3);
    const std::string_view authority = rest.substr(0, std::min(rest.find_first_of("/?"), rest.size()));
    const std::size_t at = authority.rfind('@');
    const bool named = at != std::string_view::npos && authority.substr(0, at).contains(':');
    if (named || lower(rest).contains("password=")) {
      add(path, "must not contain a password; put it in ledger.postgres.password");
    }
  }

  void redis(const RedisConfig& one) {
    const std::string path = "shared.redis";
    if (one.address.port == 0) add(path + ".address", "has no port to connect to; write host:6379");
    const bool fits = !one.prefix.empty() && one.prefix.size() <= 64 && std::ranges::all_of(one.prefix, [](char c) {
      return c > 0x20 && c < 0x7f && c != '{' && c != '}';
    });
    if (!fits) add(path + ".prefix", "does not fit; write up to 64 printable ASCII characters without braces");
    if (!one.username.empty() && one.password.empty()) {
      add(path + ".username", "has no password; set shared.redis.password");
    }
    if (!one.secret.empty() && one.secret.reveal().size() < kShortestSecret) {
      add(path + ".secret", "is too short; write at least 32 characters, as `openssl rand -hex 32` makes them");
    } else if (!one.secret.empty() && one.secret.reveal() == one.password.reveal()) {
      add(path + ".secret", "is the password, which Redis is told; write another one");
    }
  }

  const Config& config_;
  const Places& places_;
  Problems& problems_;
  Names provider_names_;
  Names model_names_;
  Names category_names_;
};

}  // namespace

void check(const Config& config, const Places& places, Problems& problems) {
  Checker(config, places, problems).all();
}

}  // namespace pointsman::config
