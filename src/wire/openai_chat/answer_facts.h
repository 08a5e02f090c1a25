// What a whole answer shows of its own worth: how sure the model was of its tokens, and whether it is what was asked
// for. Read before the answer is released, by whoever may still ask another model.
//
// Pure; one walk over the body (openapi.yaml: CreateChatCompletionResponse). Accepts any bytes.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "json/document.h"
#include "llm/chat_request.h"
#include "llm/usage.h"

namespace pointsman::wire::openai_chat {

struct AnswerFacts {
  bool whole = false;                  // one JSON object with at least one choice, and no error in it
  bool empty = false;                  // a choice has neither text nor tool calls, refusal or audio
  bool cut_short = false;              // a choice ended by its length
  bool filtered = false;               // a choice ended by a content filter
  bool broken_json = false;            // the text of a choice is not the JSON it had to be
  bool broken_call = false;            // the arguments of a tool call are not a JSON object
  std::optional<double> mean_logprob;  // over all tokens of all choices, natural logarithm
  llm::Usage usage;
  std::vector<llm::ByteRange> logprobs;  // the values of "logprobs" that are not null, in the order of the body
};

// `text_is_json`: the request demanded it (response_format). A choice that refuses or calls tools owes none.
AnswerFacts read_answer_facts(std::string_view body, bool text_is_json, json::Document& document);

}  // namespace pointsman::wire::openai_chat
