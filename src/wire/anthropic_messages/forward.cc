#include "wire/anthropic_messages/forward.h"

namespace pointsman::wire::anthropic_messages {

base::Result<void> forward_body(const llm::ChatRequest& request, std::string_view upstream_model, json::Splices& out) {
  out.reset(request.body);
  const llm::ByteRange model = request.model_value;
  bool named = request.model == upstream_model;
  bool fits = named || !model.empty();
  const auto name_before = [&](std::size_t end) {
    if (named || model.begin >= end) return;
    named = true;
    fits = fits && out.replace_string(model.begin, model.end, upstream_model);
  };
  for (const llm::ByteRange& one : request.foreign_thinking) {
    name_before(one.begin);
    fits = fits && out.replace(one.begin, one.end, "");
  }
  name_before(request.body.size());
  if (fits) return {};
  return base::fail(base::ErrorCode::kInternal, "the ranges of a request do not fit its body");
}

}  // namespace pointsman::wire::anthropic_messages
