#include "gateway/answer_forms.h"

#include "wire/anthropic_messages/answer_reader.h"
#include "wire/anthropic_messages/answer_writer.h"
#include "wire/anthropic_messages/stream_reader.h"
#include "wire/anthropic_messages/stream_writer.h"
#include "wire/openai_chat/answer_reader.h"
#include "wire/openai_chat/answer_writer.h"
#include "wire/openai_chat/stream_reader.h"
#include "wire/openai_chat/stream_writer.h"
#include "wire/openai_responses/answer_reader.h"
#include "wire/openai_responses/answer_writer.h"
#include "wire/openai_responses/stream_reader.h"
#include "wire/openai_responses/stream_writer.h"

namespace pointsman::gateway {

using llm::Protocol;

std::unique_ptr<llm::StreamReader> make_stream_reader(Protocol protocol, json::Document& document) {
  if (protocol == Protocol::kMessages) return wire::anthropic_messages::make_stream_reader(document);
  if (protocol == Protocol::kResponses) return wire::openai_responses::make_stream_reader(document);
  return wire::openai_chat::make_stream_reader(document);
}

std::unique_ptr<llm::StreamWriter> make_stream_writer(Protocol protocol, const llm::AnswerContext& context) {
  if (protocol == Protocol::kMessages) return wire::anthropic_messages::make_stream_writer(context);
  if (protocol == Protocol::kResponses) return wire::openai_responses::make_stream_writer(context);
  return wire::openai_chat::make_stream_writer(context);
}

base::Result<llm::Losses> read_whole_answer(Protocol protocol, std::string_view body, json::Document& document,
                                            llm::Answer& out) {
  if (protocol == Protocol::kMessages) return wire::anthropic_messages::read_whole_answer(body, document, out);
  if (protocol == Protocol::kResponses) return wire::openai_responses::read_whole_answer(body, document, out);
  return wire::openai_chat::read_whole_answer(body, document, out);
}

llm::Losses write_whole_answer(Protocol protocol, const llm::Answer& answer, const llm::AnswerContext& context,
                               std::string& out) {
  if (protocol == Protocol::kMessages) return wire::anthropic_messages::write_whole_answer(answer, context, out);
  if (protocol == Protocol::kResponses) return wire::openai_responses::write_whole_answer(answer, context, out);
  return wire::openai_chat::write_whole_answer(answer, context, out);
}

}  // namespace pointsman::gateway
