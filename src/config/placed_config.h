// A configuration together with where each of its values was written, for whoever has to tell people about it.
// Made by one call on one thread; a plain value afterwards.
#pragma once

#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/problem.h"
#include "config/reader.h"
#include "config/sources.h"

namespace pointsman::config {

struct PlacedConfig {
  Config config;  // where there are problems: what could be read in spite of them
  Places places;
  std::vector<Problem> problems;  // as load() gives them

  // False: providers, models and categories come from the API keys in the environment.
  bool names_models() const;
};

// As load().
PlacedConfig load_placed(std::string_view text, std::string_view filename, const Sources& sources);

}  // namespace pointsman::config
