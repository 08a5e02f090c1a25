#include "config/overlay.h"

#include "config/describe.h"
#include "route/catalogue.h"

namespace pointsman::config {
namespace {

template <class T>
void fill(std::optional<T>& own, const std::optional<T>& known) {
  if (!own) own = known;
}

}  // namespace

void overlay(Config& config, const ModelLookup& lookup) {
  for (ModelConfig& model : config.models) {
    std::optional<route::Model> facts = lookup(model.upstream);
    if (!facts && model.name != model.upstream) facts = lookup(model.name);
    if (!facts) continue;
    route::complete(model.price, facts->prices);
    fill(model.context_window, facts->context_window);
    fill(model.max_input, facts->max_input);
    fill(model.max_output, facts->max_output);
    if (!model.capabilities) model.capabilities = facts->capabilities;
  }
  set_version(config);
}

std::vector<route::ConfiguredModel> configured_models(const Config& config) {
  std::vector<route::ConfiguredModel> out;
  for (const ModelConfig& one : config.models) {
    out.push_back({.name = one.name,
                   .upstream = one.upstream,
                   .price = one.price,
                   .has_limits = one.context_window || one.max_input || one.max_output});
  }
  return out;
}

route::Model to_model(const ModelConfig& model) {
  route::Model out;
  out.name = model.name;
  out.provider = model.provider;
  out.upstream_name = model.upstream;
  out.capabilities = model.capabilities.value_or(llm::CapabilitySet{});
  out.context_window = model.context_window;
  out.max_input = model.max_input;
  out.max_output = model.max_output;
  out.prices = model.price;
  return out;
}

}  // namespace pointsman::config
