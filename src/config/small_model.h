// Takes what was measured of the small model (the pairing) and the examples it is shown into a configuration, and
// refuses what does not fit: another model, other categories, settings its protocol does not have.
// Pure but for what the sources give; used while loading, from one thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "config/config.h"
#include "config/problem.h"
#include "config/reader.h"
#include "config/sources.h"

namespace pointsman::config {

// The model behind router.llm: who serves it, what it is called there, what it costs as far as the file says. Only with
// router.llm, in a configuration without problems.
struct SmallModel {
  std::string provider;
  std::string upstream;
  route::Prices price;
};
SmallModel small_model_of(const Config& config);

// Called by load() after check(). Does nothing without router.llm.
void take_small_model(Config& config, const Sources& sources, const Places& places, Problems& problems);

// What load() cannot know: that the pairing is about the classifier and the prompt that will be used (`classifier`
// empty: none runs). kInvalidArgument with the place and what to do.
base::Result<void> check_pairing(const Config& config, std::string_view classifier, std::string_view prompt_version);

}  // namespace pointsman::config
