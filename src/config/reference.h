// The reference page docs/configuration.md, rendered from the key table. Pure.
// Rendered from the key table; a test holds docs/configuration.md equal to it.
#pragma once

#include <string>
#include <string_view>

#include "config/schema.h"

namespace pointsman::config {

std::string reference_markdown();
// What to write for a key, in a word or two: "duration", "list of texts".
std::string_view type_name(Type type);

}  // namespace pointsman::config
