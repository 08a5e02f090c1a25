#include "gateway/snapshot.h"

#include <algorithm>

#include "config/certified.h"
#include "config/defaults.h"
#include "config/overlay.h"
#include "config/small_model.h"
#include "http/write.h"
#include "net/tls.h"
#include "route/catalogue.h"
#include "wire/anthropic_messages/models_body.h"
#include "wire/openai_chat/models_body.h"

namespace pointsman::gateway {
namespace {

using base::ErrorCode;
using base::Result;

// Connections are kept over a reload for providers whose address and trust did not change.
http::TargetPtr reusable_target(const config::ProviderConfig& provider, const SnapshotPtr& previous) {
  if (!previous) return nullptr;
  const auto& old = previous->config.providers;
  for (std::size_t i = 0; i < old.size(); ++i) {
    const bool same = old[i].name == provider.name && old[i].base_url == provider.base_url &&
                      old[i].ca_file == provider.ca_file && old[i].verify == provider.verify &&
                      old[i].max_connections == provider.max_connections &&
                      old[i].connect_timeout == provider.connect_timeout;
    if (same) return previous->providers[i].target;
  }
  return nullptr;
}

Result<http::TargetPtr> make_target(const config::ProviderConfig& provider) {
  auto target = std::make_shared<http::Target>();
  target->endpoint.host = provider.base_url.address.host;
  target->endpoint.port = provider.base_url.address.port;
  target->max_connections = static_cast<std::size_t>(provider.max_connections);
  target->max_idle = target->max_connections;
  target->connect_timeout = provider.connect_timeout;
  if (provider.base_url.tls) {
    PM_TRY(target->endpoint.tls, net::make_client_tls(provider.ca_file, provider.verify));
  }
  return target;
}

std::string host_field(const config::Url& url) {
  const bool usual = url.address.port == (url.tls ? 443 : 80);
  const bool v6 = url.address.host.find(':') != std::string::npos;
  std::string host = v6 ? "[" + url.address.host + "]" : url.address.host;
  return usual ? host : host + ":" + std::to_string(url.address.port);
}

// What a client states of the Messages API's version comes before our default, which is therefore sent apart.
bool is_default_version(const config::ProviderConfig& provider, const config::Header& header) {
  return provider.kind == config::ProviderKind::kAnthropic &&
         http::equal_ignoring_case(header.name, "anthropic-version") &&
         header.value.reveal() == config::kAnthropicVersion;
}

Result<base::Secret> provider_fields(const config::ProviderConfig& provider) {
  std::string lines;
  bool valid = true;
  if (!provider.api_key.empty()) {
    const bool bearer = provider.auth_header.empty();
    const std::string value = (bearer ? "Bearer " : "") + std::string(provider.api_key.reveal());
    valid = http::append_field(lines, bearer ? "authorization" : provider.auth_header, value);
  }
  for (const config::Header& header : provider.headers) {
    if (is_default_version(provider, header)) continue;
    valid = valid && http::append_field(lines, header.name, header.value.reveal());
  }
  base::Secret fields(std::move(lines));
  if (valid) return fields;
  return base::fail(ErrorCode::kInvalidArgument,
                    "provider '" + provider.name + "': api_key or headers hold characters that no header may hold");
}

Result<upstream::Provider> make_provider(const config::ProviderConfig& provider, const SnapshotPtr& previous) {
  upstream::Provider out;
  out.name = provider.name;
  out.target = reusable_target(provider, previous);
  if (!out.target) {
    PM_TRY(out.target, make_target(provider));
  }
  out.host = host_field(provider.base_url);
  out.prefix = provider.base_url.path;
  PM_TRY(out.fields, provider_fields(provider));
  if (!provider.auth_header.empty()) out.own_fields.push_back(provider.auth_header);
  for (const config::Header& header : provider.headers) {
    if (!is_default_version(provider, header)) out.own_fields.push_back(header.name);
  }
  out.first_byte_timeout = provider.first_byte_timeout;
  out.idle_timeout = provider.idle_timeout;
  out.ask_usage = provider.stream_usage == config::StreamUsage::kAsk;
  out.drain = provider.on_disconnect == config::OnDisconnect::kDrain;
  out.responses = provider.responses;
  if (provider.kind == config::ProviderKind::kAnthropic) {
    out.protocol = llm::Protocol::kMessages;
    out.version = config::kAnthropicVersion;
  }
  return out;
}

Result<route::Market> make_market(const config::Config& config, const route::Catalogue& catalogue) {
  std::vector<route::MarketModel> models;
  for (const config::ModelConfig& model : config.models) {
    const route::CatalogueEntry* known = catalogue.find(model.upstream);
    models.push_back({config::to_model(model), known != nullptr ? known->tier : std::nullopt});
  }
  std::vector<route::CategoryCandidates> categories;
  for (const config::CategoryConfig& category : config.categories) {
    categories.push_back({category.name, category.models, category.strategy, {}});
    for (const config::WeightConfig& one : category.weights)
      categories.back().weights.push_back({one.name, one.weight});
  }
  return route::Market::build(std::move(models), categories, config.router.fallback,
                              config.router.expected_output_tokens, config::affinity_rules(config.router.affinity));
}

void render_models(Snapshot& snapshot) {
  std::vector<wire::openai_chat::ModelItem> items;
  items.push_back({snapshot.policy.router, "pointsman", 0});
  for (const route::MarketModel& entry : snapshot.market.models()) {
    items.push_back({entry.model.name, entry.model.provider, 0});
  }
  std::vector<std::string_view> names;
  for (const auto& item : items) names.push_back(item.name);
  wire::openai_chat::write_models_body(items, snapshot.models_body);
  wire::anthropic_messages::write_models_body(names, snapshot.messages_models_body);
}

bool has_stage(const config::Config& config, config::RouterStage stage) {
  return std::ranges::find(config.router.stages, stage) != config.router.stages.end();
}

// For a certificate that names an encoder: there is no going on without, nor with another.
Result<void> take_certified_encoder(const EncoderLoader& load, const classify::EncoderWish* wish, Snapshot& snapshot) {
  if (!snapshot.classifier) return {};  // nothing is decided by it
  PM_CHECK(config::check_certified_encoder(snapshot.config, wish == nullptr ? "" : wish->id, "the classifier asks"));
  const auto& configured = snapshot.config.router.encoder;
  std::shared_ptr<const encode::Encoder> encoder;
  if (configured && load) {
    auto loaded = load(configured->path, configured->precision);
    if (!loaded) return base::fail(std::move(loaded).error().in("router.encoder"));
    encoder = std::move(*loaded);
  }
  PM_CHECK(config::check_certified_encoder(snapshot.config, encoder ? encoder->id() : "", "router.encoder is"));
  snapshot.encoder = std::move(encoder);
  return {};
}

// Takes the encoder that the snapshot's classifier names, or notes why it cannot.
Result<void> take_encoder(const EncoderLoader& load, Snapshot& snapshot) {
  const auto& configured = snapshot.config.router.encoder;
  const classify::EncoderWish* wish = snapshot.classifier ? snapshot.classifier->encoder() : nullptr;
  if (snapshot.counts_on_encoder()) return take_certified_encoder(load, wish, snapshot);
  if (wish == nullptr) {
    if (configured) snapshot.encoder_note = "router.encoder is not loaded: the classifier asks for no encoder";
    return {};
  }
  if (snapshot.config.router.risk) {
    snapshot.encoder_note =
        "the sentence encoder is not asked: router.risk's certificate was proved for the classifier alone; "
        "`pointsman tune --encoder` proves one for both";
    return {};
  }
  if (snapshot.config.router.llm && !snapshot.config.router.llm->pairing.empty()) {
    snapshot.encoder_note =
        "the sentence encoder is not asked: router.llm's pairing was measured with the classifier alone";
    return {};
  }
  const std::string wanted = wish->id.substr(0, 12);
  if (!configured || !load) {
    snapshot.encoder_note = "the classifier wants the sentence encoder " + wanted +
                            " where it is unsure, and decides alone: set router.encoder to the folder of its files";
    return {};
  }
  auto loaded = load(configured->path, configured->precision);
  if (!loaded) return base::fail(std::move(loaded).error().in("router.encoder"));
  if ((*loaded)->id() == wish->id && (*loaded)->dimensions() == wish->dimensions) {
    snapshot.encoder = std::move(*loaded);
    return {};
  }
  snapshot.encoder_note = "the classifier wants the sentence encoder " + wanted +
                          " where it is unsure, and decides alone: router.encoder is " + (*loaded)->id().substr(0, 12) +
                          "; name the folder and precision it was trained with, or train it again";
  return {};
}

route::Prices small_model_prices(const config::SmallModel& model, const route::Catalogue& catalogue) {
  route::Prices out = model.price;
  const route::CatalogueEntry* known = catalogue.find(model.upstream);
  if (known == nullptr) return out;
  if (!out.input) out.input = known->model.prices.input;
  if (!out.cached_input) out.cached_input = known->model.prices.cached_input;
  if (!out.output) out.output = known->model.prices.output;
  route::complete(out, known->model.prices);
  return out;
}

// Takes the small model, if it is known what its opinion is worth.
Result<void> take_consultant(const consult::Counters& counters, Snapshot& snapshot) {
  const auto& llm = snapshot.config.router.llm;
  if (!llm) return {};
  if (llm->pairing.empty()) {
    snapshot.consultant_note =
        "the small model of router.llm is not asked: nobody has measured what its opinion is worth; run `pointsman "
        "pair` "
        "and name what it wrote in router.llm.pairing";
    return {};
  }
  const config::SmallModel model = config::small_model_of(snapshot.config);
  const auto provider = std::ranges::find(snapshot.providers, model.provider, &upstream::Provider::name);
  PM_TRY(const route::Catalogue catalogue, route::Catalogue::built_in());
  PM_TRY(snapshot.consultant,
         Consultant::make(snapshot.config, *provider, small_model_prices(model, catalogue), counters));
  return config::check_pairing(snapshot.config, snapshot.classifier_version, snapshot.consultant->prompt_version());
}

void take_baselines(Snapshot& snapshot) {
  const route::Market& market = snapshot.market;
  const auto named = [&market](const std::string& name) { return market.find(name); };
  snapshot.baseline = named(snapshot.config.router.baseline).value_or(market.fallback().front());
  for (const config::CategoryConfig& one : snapshot.config.categories) {
    snapshot.baseline_of_category.push_back(named(one.baseline).value_or(snapshot.baseline));
  }
}

std::vector<classify::Category> plain_categories(const config::Config& config) {
  return {config.categories.begin(), config.categories.end()};
}

}  // namespace

std::optional<std::string> Snapshot::promise() const {
  const auto in_words = [](const classify::Certificate& one) {
    return one.certified ? std::optional(one.promise()) : std::nullopt;
  };
  if (config.router.risk) return in_words(config.router.risk->proved);
  if (!consultant) return std::nullopt;
  const classify::Pairing& paired = config.router.llm->paired;
  return in_words(
      {.kind = paired.kind, .at_most = paired.at_most, .confidence = paired.confidence, .certified = paired.certified});
}

int Snapshot::find_model(std::string_view name) const {
  const auto found = market.find(name);
  return found ? static_cast<int>(*found) : -1;
}

std::vector<std::string> Snapshot::model_names() const {
  std::vector<std::string> names{policy.router};
  for (const route::MarketModel& entry : market.models()) names.push_back(entry.model.name);
  return names;
}

base::Result<SnapshotPtr> build_snapshot(config::Config config, const ClassifierLoader& load,
                                         const SnapshotPtr& previous, const EncoderLoader& load_encoder,
                                         const consult::Counters& counters) {
  PM_TRY(const route::Catalogue catalogue, route::Catalogue::built_in());
  config::overlay(config, [&](std::string_view name) -> std::optional<route::Model> {
    const route::CatalogueEntry* entry = catalogue.find(name);
    return entry != nullptr ? std::optional(entry->model) : std::nullopt;
  });
  PM_TRY(classify::Cascade cascade, classify::Cascade::create(plain_categories(config), config.rules));
  if (config.router.llm) cascade.weigh_opinions(config.router.llm->paired.opinions);
  PM_TRY(classify::RuleSet rules, classify::RuleSet::compile(config.rules));
  std::shared_ptr<const classify::Classifier> classifier;
  if (has_stage(config, config::RouterStage::kLocal) && config.router.classifier != "none") {
    PM_TRY(classifier, load(config.router.classifier));
  }
  PM_CHECK(config::check_certificate(config, classifier ? classifier->version() : ""));
  classify::Projection projection(cascade, classifier ? classifier->categories() : std::vector<std::string>());
  PM_TRY(route::Market market, make_market(config, catalogue));
  std::vector<upstream::Provider> providers;
  for (const config::ProviderConfig& one : config.providers) {
    PM_TRY(upstream::Provider provider, make_provider(one, previous));
    providers.push_back(std::move(provider));
  }
  config::Policy policy = config::policy_of(config);
  std::string document = config::policy_document(policy);
  std::string version = config::policy_version(document);
  const std::string classifier_version = classifier ? classifier->version() : std::string();
  auto snapshot = std::make_shared<Snapshot>(Snapshot{.config = std::move(config),
                                                      .policy = std::move(policy),
                                                      .policy_document = std::move(document),
                                                      .policy_version = std::move(version),
                                                      .cascade = std::move(cascade),
                                                      .rules = std::move(rules),
                                                      .classifier = std::move(classifier),
                                                      .projection = std::move(projection),
                                                      .classifier_version = classifier_version,
                                                      .market = std::move(market),
                                                      .providers = std::move(providers)});
  snapshot->use_header = has_stage(snapshot->config, config::RouterStage::kHeader);
  snapshot->use_rules = has_stage(snapshot->config, config::RouterStage::kRules);
  for (const route::MarketModel& entry : snapshot->market.models()) {
    const auto at = std::ranges::find(snapshot->providers, entry.model.provider, &upstream::Provider::name);
    if (at == snapshot->providers.end()) {
      return base::fail(ErrorCode::kInvalidArgument,
                        "model '" + entry.model.name + "' names the unknown provider '" + entry.model.provider + "'");
    }
    snapshot->provider_of_model.push_back(static_cast<int>(at - snapshot->providers.begin()));
  }
  take_baselines(*snapshot);
  PM_CHECK(take_encoder(load_encoder, *snapshot));
  PM_CHECK(take_consultant(counters, *snapshot));
  render_models(*snapshot);
  return snapshot;
}

base::Result<ConsultantPtr> make_consultant(const config::Config& config, const consult::Counters& counters) {
  const config::SmallModel model = config::small_model_of(config);
  const auto at = std::ranges::find(config.providers, model.provider, &config::ProviderConfig::name);
  PM_TRY(const upstream::Provider provider, make_provider(*at, nullptr));
  PM_TRY(const route::Catalogue catalogue, route::Catalogue::built_in());
  return Consultant::make(config, provider, small_model_prices(model, catalogue), counters);
}

}  // namespace pointsman::gateway
