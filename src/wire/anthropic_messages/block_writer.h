// Parts as content blocks of this protocol: what requests and answers have in common.
//
// Pure. A value of whoever writes one body; notes what cannot be expressed.
#pragma once

#include <string>
#include <string_view>

#include "json/document.h"
#include "json/writer.h"
#include "llm/conversation.h"
#include "wire/loss_set.h"

namespace pointsman::wire::anthropic_messages {

// An id of a call as this protocol takes it ([a-zA-Z0-9_-]+): the same id always becomes the same, different ones stay
// different. Most are already.
std::string call_id(std::string_view id);

// The input of a call of a tool that takes free text, which this protocol does not have: {"input": text}.
inline constexpr std::string_view kFreeTextMember = "input";

class BlockWriter {
 public:
  BlockWriter(json::Writer& writer, LossSet& losses) : writer_(writer), losses_(losses) {}

  // The member of a call with that name: an object, whatever the arguments are. Text that is no JSON object is kept as
  // {"invalid_arguments": text}, a loss at `path`: the tool refuses it in words that the model can read.
  void input(const llm::Part& call, std::string_view path);
  // A call's block, with `id` as call_id() makes it where a request demands that.
  void call(const llm::Part& call, std::string_view id, std::string_view path);
  void text(const llm::Part& part);
  // A thinking block, marked where it has no signature (unsigned_thinking.h), and a redacted one for opaque content.
  void reasoning(const llm::Part& part);
  void cache_control(const llm::Part& part);

 private:
  json::Writer& writer_;
  LossSet& losses_;
  json::Document document_;
};

}  // namespace pointsman::wire::anthropic_messages
