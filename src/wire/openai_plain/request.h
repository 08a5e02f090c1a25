// Stands in until legacy completions and embeddings have readers of their own.
// Stands in until legacy completions and embeddings have readers of their own.
#pragma once
#include "base/result.h"
#include "llm/chat_request.h"
#include "json/splice.h"
namespace pointsman::wire::openai_plain {
class Reader { public: explicit Reader(std::size_t) {} };
inline base::Result<void> read_completions_request(std::string_view, Reader&, llm::ChatRequest&) { return {}; }
inline base::Result<void> read_embeddings_request(std::string_view, Reader&, llm::ChatRequest&) { return {}; }
}
