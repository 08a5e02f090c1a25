#include "config/policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "base/hash.h"
#include "config/json_text.h"
#include "config/overlay.h"
#include "config/problem.h"
#include "config/units.h"

namespace pointsman::config {
namespace {

namespace json = boost::json;

constexpr std::string_view kFormat = "pointsman-policy-1";
constexpr std::size_t kMaxDepth = 16;
constexpr std::int64_t kMostTurns = 1'000'000;
constexpr std::array<std::string_view, 3> kStages = {"header", "rules", "local"};

json::array texts(const std::vector<std::string>& all) {
  json::array out;
  for (const std::string& one : all) out.emplace_back(one);
  return out;
}

json::value integer(const std::optional<std::int64_t>& value) {
  return value ? json::value(*value) : json::value();
}
json::value price(const std::optional<base::TokenPrice>& value) {
  return value ? json::value(format_price(*value)) : json::value();
}
void add_rates(const route::Rates& rates, json::object& out) {
  if (rates.cache_write) out["cache_write"] = price(rates.cache_write);
  if (rates.long_cache_write) out["long_cache_write"] = price(rates.long_cache_write);
  if (rates.reasoning) out["reasoning"] = price(rates.reasoning);
}

// What is unset, and not of the three that every document has, is left out: older documents know nothing of it.
json::object price_json(const route::Prices& prices) {
  json::object out = {
      {"input", price(prices.input)}, {"cached_input", price(prices.cached_input)}, {"output", price(prices.output)}};
  add_rates(prices.base_rates(), out);
  if (prices.image) out["image"] = prices.image->to_string();
  for (const auto& [name, share] :
       {std::pair("batch", prices.batch), {"flex", prices.flex}, {"priority", prices.priority}}) {
    if (share) out[name] = *share;
  }
  if (!prices.tiers.empty()) {
    json::array& tiers = out["tiers"].emplace_array();
    for (const route::PriceTier& tier : prices.tiers) {
      json::object one = {{"above", tier.above},
                          {"input", price(tier.input)},
                          {"cached_input", price(tier.cached_input)},
                          {"output", price(tier.output)}};
      add_rates(tier, one);
      tiers.push_back(std::move(one));
    }
  }
  return out;
}

json::object model_json(const route::Model& model) {
  return {{"name", model.name},
          {"provider", model.provider},
          {"upstream", model.upstream_name},
          {"capabilities", texts(model.capabilities.names())},
          {"context_window", integer(model.context_window)},
          {"max_input", integer(model.max_input)},
          {"max_output", integer(model.max_output)},
          {"price", price_json(model.prices)}};
}

json::object category_json(const PolicyCategory& category) {
  json::object out = {{"name", category.name},
                      {"description", category.description},
                      {"threshold", shortest_double(category.threshold)},
                      {"models", texts(category.models)}};
  if (category.certified) out["certified"] = true;  // documents older than certificates do not have it
  // Nor do those without a small model have this.
  if (category.pooled_threshold < classify::kNeverKeep) {
    out["pooled_threshold"] = shortest_double(category.pooled_threshold);
  }
  if (category.strategy != route::Strategy::kPrice) out["strategy"] = json::string_view(to_string(category.strategy));
  if (!category.weights.empty()) {
    json::object weights;
    for (const route::Weight& one : category.weights) weights[one.model] = one.weight;
    out["weights"] = std::move(weights);
  }
  return out;
}

json::object opinions_json(const classify::Combination& opinions) {
  json::object out;
  for (std::size_t i = 0; i < classify::kOpinionSources; ++i) {
    const auto source = static_cast<classify::OpinionSource>(i);
    const auto& weights = opinions.weights(source);
    if (!weights) continue;
    out[to_string(source)] = json::object{{"local", shortest_double(weights->local)},
                                          {"model", shortest_double(weights->model)},
                                          {"floor", shortest_double(weights->floor)},
                                          {"stray", shortest_double(weights->stray)}};
  }
  return out;
}

json::object rule_json(const classify::Rule& rule) {
  return {{"name", rule.name},
          {"category", rule.category},
          {"keywords", texts(rule.keywords)},
          {"patterns", texts(rule.patterns)}};
}

// Takes members out of a document; after the first mistake everything reads as empty and error() tells.
class Document {
 public:
  const json::value& member(const json::value& parent, std::string_view name, std::string_view place) {
    const json::object* object = parent.if_object();
    const json::value* found = object == nullptr ? nullptr : object->if_contains(name);
    if (found != nullptr) return *found;
    fail(fmt::format("{}/{}", place, name), "is missing");
    return null_;
  }

  std::string text(const json::value& parent, std::string_view name, std::string_view place) {
    const json::value& value = member(parent, name, place);
    if (const json::string* text = value.if_string()) return std::string(*text);
    fail(fmt::format("{}/{}", place, name), "is not a string");
    return "";
  }

  const json::array& list(const json::value& parent, std::string_view name, std::string_view place) {
    const json::value& value = member(parent, name, place);
    if (const json::array* array = value.if_array()) return *array;
    fail(fmt::format("{}/{}", place, name), "is not a list");
    return none_;
  }

  std::vector<std::string> texts(const json::value& parent, std::string_view name, std::string_view place) {
    std::vector<std::string> out;
    for (const json::value& one : list(parent, name, place)) {
      if (!one.is_string()) fail(fmt::format("{}/{}", place, name), "is not a list of strings");
      out.emplace_back(one.is_string() ? std::string(one.get_string()) : "");
    }
    return out;
  }

  std::optional<std::int64_t> integer(const json::value& parent, std::string_view name, std::string_view place) {
    const json::value& value = member(parent, name, place);
    if (value.is_null()) return std::nullopt;
    if (const std::int64_t* number = value.if_int64(); number != nullptr && *number > 0) return *number;
    fail(fmt::format("{}/{}", place, name), "is not a positive whole number");
    return std::nullopt;
  }

  float probability(const json::value& parent, std::string_view name, std::string_view place) {
    const json::value& value = member(parent, name, place);
    json::error_code error;
    const double number = value.to_number<double>(error);
    if (!error && number > 0 && number <= 1) return static_cast<float>(number);
    fail(fmt::format("{}/{}", place, name), "is not a probability");
    return 0;
  }

  // From 0 to `most`, both included.
  float number(const json::value& parent, std::string_view name, std::string_view place, float most) {
    const json::value& value = member(parent, name, place);
    json::error_code error;
    const double number = value.to_number<double>(error);
    if (!error && number >= 0 && number <= static_cast<double>(most)) return static_cast<float>(number);
    fail(fmt::format("{}/{}", place, name), fmt::format("is not a number between 0 and {}", most));
    return most;
  }

  std::optional<base::TokenPrice> price(const json::value& parent, std::string_view name, std::string_view place) {
    const json::value& value = member(parent, name, place);
    if (value.is_null()) return std::nullopt;
    const json::string* text = value.if_string();
    const auto parsed = text == nullptr ? std::nullopt : parse_price(*text);
    if (!parsed) fail(fmt::format("{}/{}", place, name), "is not a price");
    return parsed;
  }

  void fail(std::string place, std::string message) {
    if (error_) return;
    error_ = base::Error(base::ErrorCode::kInvalidArgument, "policy document: " + std::move(message));
    error_->at(std::move(place));
  }
  const std::optional<base::Error>& error() const { return error_; }

 private:
  json::value null_;
  json::array none_;
  std::optional<base::Error> error_;
};

route::Rates read_rates(Document& from, const json::value& value, const std::string& place) {
  const auto if_there = [&](std::string_view name) -> std::optional<base::TokenPrice> {
    const bool there = value.is_object() && value.get_object().contains(name);
    return there ? from.price(value, name, place) : std::nullopt;
  };
  return {from.price(value, "input", place),  from.price(value, "cached_input", place),
          from.price(value, "output", place), if_there("cache_write"),
          if_there("long_cache_write"),       if_there("reasoning")};
}

route::Prices read_prices(Document& from, const json::value& value, const std::string& place) {
  const route::Rates base = read_rates(from, value, place);
  route::Prices out{.input = base.input,
                    .cached_input = base.cached_input,
                    .output = base.output,
                    .cache_write = base.cache_write,
                    .long_cache_write = base.long_cache_write,
                    .reasoning = base.reasoning};
  const json::object* object = value.if_object();
  const auto share = [&](const char* name, double most) -> std::optional<double> {
    const json::value* said = object == nullptr ? nullptr : object->if_contains(name);
    if (said == nullptr) return std::nullopt;
    json::error_code error;
    const double number = said->to_number<double>(error);
    if (error || !(number >= 0 && number <= most))
      from.fail(fmt::format("{}/{}", place, name), "is not a share of the prices");
    return number;
  };
  out.batch = share("batch", 1);
  out.flex = share("flex", 1);
  out.priority = share("priority", 10);
  if (object != nullptr && object->contains("image")) {
    out.image = base::Money::parse(from.text(value, "image", place));
    if (!out.image) from.fail(place + "/image", "is not an amount of dollars");
  }
  const json::value* tiers = object == nullptr ? nullptr : object->if_contains("tiers");
  if (tiers == nullptr) return out;
  if (!tiers->is_array()) {
    from.fail(place + "/tiers", "is not a list");
    return out;
  }
  for (const json::value& one : tiers->get_array()) {
    const std::string at = fmt::format("{}/tiers/{}", place, out.tiers.size());
    out.tiers.push_back({read_rates(from, one, at), from.integer(one, "above", at).value_or(0)});
  }
  return out;
}

route::Model read_model(Document& from, const json::value& value, const std::string& place) {
  route::Model out;
  out.name = from.text(value, "name", place);
  out.provider = from.text(value, "provider", place);
  out.upstream_name = from.text(value, "upstream", place);
  for (const std::string& name : from.texts(value, "capabilities", place)) {
    const auto capability = llm::capability_from(name);
    if (capability) {
      out.capabilities.add(*capability);
    } else {
      from.fail(place + "/capabilities", "names the unknown capability " + quoted(name));
    }
  }
  out.context_window = from.integer(value, "context_window", place);
  out.max_input = from.integer(value, "max_input", place);
  out.max_output = from.integer(value, "max_output", place);
  out.prices = read_prices(from, from.member(value, "price", place), place + "/price");
  return out;
}

// Documents whose categories all go by price do not name it.
void read_strategy(Document& from, const json::value& value, const std::string& place, PolicyCategory& out) {
  const json::object* category = value.if_object();
  if (category == nullptr) return;
  if (category->contains("strategy")) {
    const auto strategy = route::strategy_from(from.text(value, "strategy", place));
    if (!strategy) from.fail(place + "/strategy", "is no strategy");
    out.strategy = strategy.value_or(out.strategy);
  }
  const json::value* weights = category->if_contains("weights");
  if (weights == nullptr) return;
  if (!weights->is_object()) return from.fail(place + "/weights", "is not an object");
  for (const auto& [name, weight] : weights->get_object()) {
    const std::int64_t* number = weight.if_int64();
    if (number == nullptr || *number < 0) from.fail(place + "/weights", "has a weight that is no whole number");
    out.weights.push_back({std::string(name), number == nullptr ? 0 : *number});
  }
}

PolicyCategory read_category(Document& from, const json::value& value, const std::string& place) {
  const bool certified = value.is_object() && value.get_object().contains("certified");
  const std::string name = from.text(value, "name", place);
  const std::string description = from.text(value, "description", place);
  const float threshold = certified ? from.number(value, "threshold", place, classify::kNeverKeep)
                                    : from.probability(value, "threshold", place);
  const bool pooled = value.is_object() && value.get_object().contains("pooled_threshold");
  PolicyCategory out{
      name,      description,
      threshold, from.texts(value, "models", place),
      certified, pooled ? from.number(value, "pooled_threshold", place, classify::kNeverKeep) : classify::kNeverKeep};
  read_strategy(from, value, place, out);
  return out;
}

classify::Combination read_opinions(Document& from, const json::value& root) {
  constexpr float kMostWeight = 1e6F;
  classify::Combination out;
  const json::value* opinions = root.is_object() ? root.get_object().if_contains("opinions") : nullptr;
  if (opinions == nullptr) return out;  // written where no small model is asked
  const json::object* object = opinions->if_object();
  if (object == nullptr) {
    from.fail("/opinions", "is not an object");
    return out;
  }
  for (const auto& [name, value] : *object) {
    const std::string place = fmt::format("/opinions/{}", std::string_view(name));
    const auto source = classify::opinion_source_from(name);
    if (!source) from.fail(place, "is not where an opinion comes from");
    const classify::PoolWeights weights{from.number(value, "local", place, kMostWeight),
                                        from.number(value, "model", place, kMostWeight),
                                        from.number(value, "floor", place, 1), from.number(value, "stray", place, 1)};
    if (source) out.set(*source, weights);
  }
  return out;
}

classify::Rule read_rule(Document& from, const json::value& value, const std::string& place) {
  return {from.text(value, "name", place), from.text(value, "category", place), from.texts(value, "keywords", place),
          from.texts(value, "patterns", place)};
}

template <class T, class Read>
void read_all(Document& from, const json::value& root, std::string_view name, std::vector<T>& out, Read read) {
  std::size_t i = 0;
  for (const json::value& one : from.list(root, name, ""))
    out.push_back(read(from, one, fmt::format("/{}/{}", name, i++)));
}

// Documents that are older than affinity do not have it: conversations were not kept.
route::AffinityRules read_affinity(Document& from, const json::value& root) {
  route::AffinityRules out;
  const json::value* affinity = root.is_object() ? root.get_object().if_contains("affinity") : nullptr;
  if (affinity == nullptr) return out;
  const auto stay = route::stay_from(from.text(*affinity, "stay", "/affinity"));
  if (!stay) from.fail("/affinity/stay", "is not one of off, price, always");
  out.stay = stay.value_or(out.stay);
  const std::int64_t* turns = from.member(*affinity, "turns", "/affinity").if_int64();
  if (turns == nullptr || *turns < 0 || *turns > kMostTurns) {
    from.fail("/affinity/turns", fmt::format("is not a whole number between 0 and {}", kMostTurns));
  } else {
    out.turns = static_cast<int>(*turns);
  }
  return out;
}

}  // namespace

route::AffinityRules affinity_rules(const AffinityConfig& config) {
  constexpr std::array kStays = {route::Stay::kPrice, route::Stay::kAlways, route::Stay::kOff};  // as config.h has them
  return {.stay = kStays[static_cast<std::size_t>(config.stay)], .turns = config.turns};
}

Policy policy_of(const Config& config) {
  Policy out;
  out.router = config.router.name;
  out.stages = config.router.stages;
  for (const CategoryConfig& one : config.categories) {
    out.categories.push_back(
        {one.name, one.description, one.threshold, one.models, one.certified, one.pooled_threshold, one.strategy, {}});
    for (const WeightConfig& weight : one.weights)
      out.categories.back().weights.push_back({weight.name, weight.weight});
  }
  out.rules = config.rules;
  out.fallback = config.router.fallback;
  for (const ModelConfig& one : config.models) out.models.push_back(to_model(one));
  out.expected_output_tokens = config.router.expected_output_tokens;
  if (config.router.llm) out.opinions = config.router.llm->paired.opinions;
  out.affinity = affinity_rules(config.router.affinity);
  return out;
}

std::string policy_document(const Policy& policy) {
  json::array stages;
  for (const RouterStage stage : policy.stages) {
    stages.emplace_back(json::string_view(kStages[static_cast<std::size_t>(stage)]));
  }
  json::array categories;
  for (const PolicyCategory& one : policy.categories) categories.push_back(category_json(one));
  json::array rules;
  for (const classify::Rule& one : policy.rules) rules.push_back(rule_json(one));
  json::array models;
  for (const route::Model& one : policy.models) models.push_back(model_json(one));
  json::object document = {{"format", json::string_view(kFormat)},
                           {"router", policy.router},
                           {"stages", std::move(stages)},
                           {"categories", std::move(categories)},
                           {"rules", std::move(rules)},
                           {"fallback", texts(policy.fallback)},
                           {"models", std::move(models)},
                           {"expected_output_tokens", policy.expected_output_tokens}};
  json::object opinions = opinions_json(policy.opinions);
  if (!opinions.empty()) document["opinions"] = std::move(opinions);
  if (policy.affinity.stay != route::Stay::kOff) {
    document["affinity"] =
        json::object{{"stay", json::string_view(to_string(policy.affinity.stay))}, {"turns", policy.affinity.turns}};
  }
  return canonical_json(document);
}

std::string policy_version(std::string_view document) {
  return base::sha256_hex(document);
}

base::Result<Policy> read_policy(std::string_view document) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  json::error_code error;
  const json::value root = json::parse(document, error, {}, options);
  if (error) return base::fail(base::ErrorCode::kParse, "policy document: is not JSON");
  Document from;
  Policy out;
  const std::string format = from.text(root, "format", "");
  if (format != kFormat) from.fail("/format", "has the unknown format " + quoted(format));
  out.router = from.text(root, "router", "");
  for (const std::string& name : from.texts(root, "stages", "")) {
    const auto found = std::ranges::find(kStages, name);
    if (found == kStages.end()) from.fail("/stages", "names the unknown stage " + quoted(name));
    out.stages.push_back(static_cast<RouterStage>(found - kStages.begin()));
  }
  read_all(from, root, "categories", out.categories, read_category);
  read_all(from, root, "rules", out.rules, read_rule);
  out.fallback = from.texts(root, "fallback", "");
  read_all(from, root, "models", out.models, read_model);
  out.expected_output_tokens = from.integer(root, "expected_output_tokens", "").value_or(0);
  out.opinions = read_opinions(from, root);
  out.affinity = read_affinity(from, root);
  if (from.error()) return base::fail(*from.error());
  return out;
}

}  // namespace pointsman::config
