// The configuration's JSON Schema (draft 2020-12), for editors. Rendered from the key table. Pure.
// Rendered from the key table, so it cannot disagree with what load() accepts; pure.
#pragma once

#include <string>

namespace pointsman::config {

std::string json_schema();

}  // namespace pointsman::config
