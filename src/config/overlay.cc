#include "config/overlay.h"

#include "config/describe.h"

namespace pointsman::config {
namespace {

template <class T>
void fill(std::optional<T>& own, const std::optional<T>& known) {
  if (!own) own = known;
}

// Prices of one model belong together: the catalogue's are used only when the user gave none at all.
void fill_prices(route::Prices& own, const route::Prices& known) {
  if (!own.input && !own.cached_input && !own.output) own = known;
}

}  // namespace

void overlay(Config& config, const ModelLookup& lookup) {
  for (ModelConfig& model : config.models) {
    std::optional<route::Model> facts = lookup(model.upstream);
    if (!facts && model.name != model.upstream) facts = lookup(model.name);
    if (!facts) continue;
    fill_prices(model.price, facts->prices);
    fill(model.context_window, facts->context_window);
    fill(model.max_input, facts->max_input);
    fill(model.max_output, facts->max_output);
    if (!model.capabilities) model.capabilities = facts->capabilities;
  }
  set_version(config);
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
