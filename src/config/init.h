// The pointsman.yaml that `pointsman init` writes: complete for the API keys in the environment, with every other key
// commented out at its default. Rendered from the key table. Pure.
#pragma once

#include <string>
#include <string_view>

#include "config/sources.h"

namespace pointsman::config {

// `schema` is where the first line sends editors for the JSON Schema (a path or URL). Without any known API key in the
// environment it is written for OpenAI. Keys are referred to as ${NAME}, never written out.
std::string init_file(const Environment& environment, std::string_view schema);

}  // namespace pointsman::config
