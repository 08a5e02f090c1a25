// The protocols that translate into each other, and what becomes of a request, an answer or a stream of one in another.
// Header-only; for tests.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "json/document.h"
#include "support/golden_cases.h"
#include "support/stream_events.h"
#include "wire/anthropic_messages/answer_reader.h"
#include "wire/anthropic_messages/answer_writer.h"
#include "wire/anthropic_messages/conversation_reader.h"
#include "wire/anthropic_messages/request_writer.h"
#include "wire/anthropic_messages/stream_reader.h"
#include "wire/anthropic_messages/stream_writer.h"
#include "wire/openai_chat/answer_reader.h"
#include "wire/openai_chat/answer_writer.h"
#include "wire/openai_chat/conversation_reader.h"
#include "wire/openai_chat/request_writer.h"
#include "wire/openai_chat/stream_reader.h"
#include "wire/openai_chat/stream_writer.h"
#include "wire/openai_responses/answer_reader.h"
#include "wire/openai_responses/answer_writer.h"
#include "wire/openai_responses/conversation_reader.h"
#include "wire/openai_responses/request_writer.h"
#include "wire/openai_responses/stream_reader.h"
#include "wire/openai_responses/stream_writer.h"

namespace pointsman::testing {

struct WireProtocol {
  std::string_view name;   // in golden files
  std::string_view title;  // in documents
  decltype(&wire::openai_chat::read_conversation) read_conversation;
  decltype(&wire::openai_chat::write_request) write_request;
  decltype(&wire::openai_chat::read_whole_answer) read_whole_answer;
  decltype(&wire::openai_chat::write_whole_answer) write_whole_answer;
  decltype(&wire::openai_chat::make_stream_reader) make_stream_reader;
  decltype(&wire::openai_chat::make_stream_writer) make_stream_writer;
};

inline const std::array<WireProtocol, 3> kWireProtocols = {
    {{"chat", "Chat", &wire::openai_chat::read_conversation, &wire::openai_chat::write_request,
      &wire::openai_chat::read_whole_answer, &wire::openai_chat::write_whole_answer,
      &wire::openai_chat::make_stream_reader, &wire::openai_chat::make_stream_writer},
     {"messages", "Messages", &wire::anthropic_messages::read_conversation, &wire::anthropic_messages::write_request,
      &wire::anthropic_messages::read_whole_answer, &wire::anthropic_messages::write_whole_answer,
      &wire::anthropic_messages::make_stream_reader, &wire::anthropic_messages::make_stream_writer},
     {"responses", "Responses", &wire::openai_responses::read_conversation, &wire::openai_responses::write_request,
      &wire::openai_responses::read_whole_answer, &wire::openai_responses::write_whole_answer,
      &wire::openai_responses::make_stream_reader, &wire::openai_responses::make_stream_writer}}};

// What the answers' writers know of the request: that there was one, and what to fill in where the provider is silent.
inline constexpr llm::AnswerContext kAnswerContext = {
    .request = "{}", .id = "own", .model = "m", .created = 5, .include_usage = true};

inline Wanted refused(const base::Error& error) {
  return {"refused", error.place().empty() ? error.message() : error.place() + ": " + error.message(), {}};
}

inline void add(const llm::Losses& more, llm::Losses& losses) {
  for (const llm::Loss& one : more) {
    if (std::ranges::find(losses, one) == losses.end()) losses.push_back(one);
  }
}

inline Wanted translate_request(const WireProtocol& from, const WireProtocol& to, const std::string& body) {
  json::Document document;
  llm::Conversation conversation;
  auto losses = from.read_conversation(body, document, conversation);
  if (!losses) return refused(losses.error());
  Wanted out;
  const auto more = to.write_request(conversation, {.model = conversation.model}, out.body);
  if (!more) return refused(more.error());
  out.losses = *losses;
  add(*more, out.losses);
  return out;
}

inline Wanted translate_answer(const WireProtocol& from, const WireProtocol& to, const std::string& body) {
  json::Document document;
  llm::Answer answer;
  auto losses = from.read_whole_answer(body, document, answer);
  if (!losses) return refused(losses.error());
  Wanted out;
  out.losses = *losses;
  add(to.write_whole_answer(answer, kAnswerContext, out.body), out.losses);
  return out;
}

// The bytes of the stream, fed in pieces of `step` bytes.
inline Wanted translate_stream(const WireProtocol& from, const WireProtocol& to, const std::string& stream,
                               std::size_t step) {
  json::Document document;
  const auto reader = from.make_stream_reader(document);
  const auto writer = to.make_stream_writer(kAnswerContext);
  feed_stream(stream + "\n\n", step, *reader, *writer);
  Wanted out;
  out.body = writer->out();
  out.losses = reader->losses();
  add(writer->losses(), out.losses);
  return out;
}

// An answer line by line, without what the protocols name for themselves.
inline std::string describe(const llm::Answer& answer) {
  std::string out = "model " + answer.model + "\n";
  for (const llm::Choice& choice : answer.choices) {
    out += "choice\n";
    for (const llm::Part& part : choice.parts) {
      out.append(kind_name(part.kind)).append(part.custom ? " custom" : "").append(part.summary ? " summary" : "");
      if (part.kind == llm::PartKind::kToolCall) out.append(" ").append(part.id).append(" ").append(part.name);
      out.append(": ").append(part.kind == llm::PartKind::kToolCall ? part.arguments : part.text).append("\n");
      if (!part.signature.empty()) out += "signature " + part.signature + "\n";
      if (!part.opaque.empty()) out += "opaque " + part.opaque + "\n";
    }
    out.append("stop ").append(llm::to_string(choice.stop));
    out.append(choice.stop_sequence.empty() ? "" : " ").append(choice.stop_sequence).append("\n");
    // A stream gives its lists one after the other, a whole answer has one in an object.
    const std::size_t begin = choice.logprobs.find('[');
    if (begin == std::string::npos) continue;
    std::string logprobs = choice.logprobs.substr(begin, choice.logprobs.rfind(']') + 1 - begin);
    for (std::size_t at = 0; (at = logprobs.find("}][{")) != std::string::npos;) logprobs.replace(at, 4, "},{");
    out += "logprobs " + logprobs + "\n";
  }
  const auto count = [&out](std::string_view name, const std::optional<std::int64_t>& tokens) {
    if (tokens) out.append(" ").append(name).append(" ").append(std::to_string(*tokens));
  };
  out += "usage";
  count("input", answer.usage.input_tokens);
  count("cached", answer.usage.cached_input_tokens);
  count("written", answer.usage.cache_write_tokens);
  count("output", answer.usage.output_tokens);
  count("reasoning", answer.usage.reasoning_tokens);
  return out;
}

// What the protocol's own readers make of a whole answer, or of a stream.
inline std::string described(const WireProtocol& protocol, const std::string& body) {
  json::Document document;
  llm::Answer answer;
  const auto read = protocol.read_whole_answer(body, document, answer);
  return read ? describe(answer) : "error " + read.error().message();
}

inline std::string described_stream(const WireProtocol& protocol, const std::string& stream) {
  json::Document document;
  AnswerCollector collector;
  const auto reader = protocol.make_stream_reader(document);
  feed_stream(stream, stream.size(), *reader, collector);
  if (!collector.fault.empty()) return "fault " + collector.fault;
  if (!collector.errors.empty()) return "error " + collector.errors.front().message;
  return collector.ended ? describe(collector.answer) : "cut off";
}

}  // namespace pointsman::testing
