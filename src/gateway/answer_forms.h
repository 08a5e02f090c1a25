// Answers of each protocol into the neutral form and out of it, by the protocol's name.
// Pure functions; a place of its own because those that need them must not know each other.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "json/document.h"
#include "llm/answer.h"
#include "llm/answer_context.h"
#include "llm/protocol.h"

namespace pointsman::gateway {

// `document` is the thread's and outlives the reader.
std::unique_ptr<llm::StreamReader> make_stream_reader(llm::Protocol protocol, json::Document& document);
std::unique_ptr<llm::StreamWriter> make_stream_writer(llm::Protocol protocol, const llm::AnswerContext& context);

// kParse if `body` is no whole answer of that protocol.
base::Result<llm::Losses> read_whole_answer(llm::Protocol protocol, std::string_view body, json::Document& document,
                                            llm::Answer& out);
llm::Losses write_whole_answer(llm::Protocol protocol, const llm::Answer& answer, const llm::AnswerContext& context,
                               std::string& out);

}  // namespace pointsman::gateway
