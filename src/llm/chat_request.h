// One chat request, provider-neutral: what routing needs to know, and where in the body the named edits go.
//
// Owned by one connection and reused from request to request (strings and pieces keep their capacity). Views and ranges
// point into `body`, which outlives it. Filled by a protocol's reader in wire/; everything else reads it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "llm/capability.h"
#include "llm/prompt_piece.h"
#include "llm/protocol.h"

namespace pointsman::llm {

// What a model must be able to do and hold to answer this request.
struct Requirements {
  CapabilitySet capabilities;
  // Upper estimate of the prompt in tokens. An estimate: exact counting belongs to text/.
  std::int64_t input_tokens = 0;
  // max_tokens or max_completion_tokens; 0 when the client set none.
  std::int64_t output_tokens = 0;
};

// Who spoke last.
enum class Turn : std::uint8_t {
  kUser,
  kToolResult,  // only tool results after the last user message: the conversation keeps its model
  kOther,       // an assistant prefill, a system message only, ...
};

struct ChatRequest {
  Protocol protocol = Protocol::kChatCompletions;  // of the client
  std::string_view body;
  std::string model;             // decoded value of "model"
  ByteRange model_value;         // its bytes, quotes included
  std::size_t object_begin = 0;  // offset just after the opening brace: where a missing member is inserted
  bool stream = false;
  bool include_usage = false;     // the client itself asked for stream_options.include_usage
  ByteRange stream_options;       // bytes of that member's value, empty if the member is absent
  ByteRange include_usage_value;  // bytes of stream_options.include_usage, empty if absent
  ByteRange logprobs_value;       // bytes of "logprobs", empty if absent
  std::uint32_t choices = 1;      // n: answers wanted, each of up to output_tokens
  Requirements needs;
  Turn turn = Turn::kUser;
  std::uint32_t messages = 0;
  std::uint32_t tools = 0;
  std::string text;     // text of the last user message, parts joined by newlines; at most kMaxText bytes (head + tail)
  std::string context;  // light context: the user message before it, at most kMaxContext bytes; may be empty
  std::vector<PromptPiece> prompt;          // all of it, in the order of the body
  std::vector<ByteRange> foreign_thinking;  // in order: what is left out for a model whose thinking it is not
  bool prompt_elsewhere = false;            // more of it is in the provider's store
  std::uint64_t user = 0;          // hash of "safety_identifier" or "user"; 0: the client did not say whom it asks for
  std::uint64_t conversation = 0;  // hash of the leading system message and the first user message
  std::uint64_t session = 0;       // hash of the client's own name for it ("prompt_cache_key", "conversation"); 0: none
  std::uint64_t previous = 0;      // hash of the answer's id that the provider goes on from ("previous_response_id")
  bool cache_marks = false;        // something is marked for the provider's cache ("cache_control")
  bool priority = false;           // asks to be served before others, at that price ("service_tier": "priority")

  static constexpr std::size_t kMaxText = 16 * 1024;
  static constexpr std::size_t kMaxContext = 512;
};

}  // namespace pointsman::llm
