// The answer to GET /v1/models: what a client may put into "model".
// Pure; appends to the caller's string.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pointsman::wire::openai_chat {

struct ModelItem {
  std::string_view name;
  std::string_view owner;    // "owned_by"
  std::int64_t created = 0;  // seconds since 1970; 0 if nobody knows
};

// Appends {"object":"list","data":[...]} in the order given (openapi.yaml: ListModelsResponse, Model).
void write_models_body(std::span<const ModelItem> models, std::string& out);

}  // namespace pointsman::wire::openai_chat
