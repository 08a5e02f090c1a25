// Stands in until legacy completions and embeddings have readers of their own.
// Stands in until legacy completions and embeddings have readers of their own.
#pragma once
#include "wire/openai_plain/request.h"
namespace pointsman::wire::openai_plain {
struct Edits { std::string_view model; bool ask_usage = false; };
inline base::Result<bool> forward_body(const llm::ChatRequest&, const Edits&, json::Splices&) { return false; }
}
