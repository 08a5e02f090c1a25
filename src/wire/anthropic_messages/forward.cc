#include "wire/anthropic_messages/forward.h"

namespace pointsman::wire::anthropic_messages {

base::Result<void> forward_body(const llm::ChatRequest& request, std::string_view upstream_model, json::Splices& out) {
  out.reset(request.body);
  if (request.model == upstream_model) return {};
  const llm::ByteRange model = request.model_value;
  if (!model.empty() && out.replace_string(model.begin, model.end, upstream_model)) return {};
  return base::fail(base::ErrorCode::kInternal, "the ranges of a request do not fit its body");
}

}  // namespace pointsman::wire::anthropic_messages
