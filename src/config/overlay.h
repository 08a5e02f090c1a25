// Fills what the user left unset about models from a catalogue; what the user wrote always wins. Pure.
// Called once for each configuration, before its version is taken.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "route/catalogue_check.h"

namespace pointsman::config {

// Facts about a model by the name its provider uses, or by our own name for it.
using ModelLookup = std::function<std::optional<route::Model>(std::string_view name)>;

// Asks for the upstream name first, then for the model's own; sets the version anew.
void overlay(Config& config, const ModelLookup& lookup);

// What the user said of each model, for route/catalogue_check.h. Before overlay().
std::vector<route::ConfiguredModel> configured_models(const Config& config);

// What routing works with. Capabilities nobody knows are none: plain chat only.
route::Model to_model(const ModelConfig& model);

}  // namespace pointsman::config
