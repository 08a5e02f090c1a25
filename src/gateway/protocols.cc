#include "gateway/protocols.h"

#include <utility>

#include "wire/anthropic_messages/count_tokens.h"
#include "wire/anthropic_messages/error_body.h"
#include "wire/openai_chat/error_body.h"
#include "wire/openai_responses/error_body.h"

namespace pointsman::gateway {

using base::Error;
using llm::Protocol;

namespace {

constexpr std::string_view kMessagesPath = "/v1/messages";
constexpr std::string_view kResponsesPath = "/v1/responses";

}  // namespace

base::Result<void> RequestReaders::read(Protocol protocol, std::string_view body, llm::ChatRequest& out) {
  auto done = [&]() -> base::Result<void> {
    switch (protocol) {
      case Protocol::kChatCompletions:
        return wire::openai_chat::read_chat_request(body, chat_, out);
      case Protocol::kResponses:
        return wire::openai_responses::read_responses_request(body, responses_, out);
      case Protocol::kMessages:
        return wire::anthropic_messages::read_messages_request(body, messages_, out);
      case Protocol::kLegacyCompletions:
        return wire::openai_plain::read_completion_request(body, plain_, out);
      case Protocol::kEmbeddings:
        return wire::openai_plain::read_embedding_request(body, plain_, out);
    }
    return base::fail(base::ErrorCode::kInternal, "no such protocol");
  }();
  out.protocol = protocol;
  return done;
}

base::Result<void> RequestReaders::read_count_tokens(std::string_view body, llm::ChatRequest& out) {
  auto done = wire::anthropic_messages::read_count_tokens_request(body, messages_, out);
  out.protocol = Protocol::kMessages;
  return done;
}

ErrorAnswer describe_error(Protocol client, const Error& error) {
  if (client == Protocol::kMessages) {
    const auto answer = wire::anthropic_messages::describe(error);
    return {answer.status, answer.should_retry};
  }
  const auto answer = wire::openai_chat::describe(error);
  return {answer.status, answer.should_retry};
}

void write_error_body(Protocol client, const Error& error, std::string& out) {
  if (client == Protocol::kMessages) return wire::anthropic_messages::write_error_body(error, out);
  if (client == Protocol::kResponses) return wire::openai_responses::write_error_body(error, out);
  wire::openai_chat::write_error_body(error, out);
}

void write_error_event(Protocol client, const Error& error, std::string& out) {
  if (client == Protocol::kMessages) return wire::anthropic_messages::write_error_event(error, out);
  if (client == Protocol::kResponses) return wire::openai_responses::write_error_event(error, out);
  wire::openai_chat::write_error_event(error, out);
}

std::optional<Protocol> spoken_with(const upstream::Provider& provider, Protocol client) {
  const bool openai = provider.protocol == Protocol::kChatCompletions;
  switch (client) {
    case Protocol::kLegacyCompletions:
    case Protocol::kEmbeddings:
      return openai ? std::optional(client) : std::nullopt;
    case Protocol::kResponses:
      return openai && provider.responses ? client : provider.protocol;
    case Protocol::kChatCompletions:
    case Protocol::kMessages:
      return provider.protocol;
  }
  return std::nullopt;
}

std::string_view path_of(Protocol protocol) {
  switch (protocol) {
    case Protocol::kChatCompletions:
      return "/chat/completions";
    case Protocol::kResponses:
      return "/responses";
    case Protocol::kMessages:
      return "/messages";
    case Protocol::kLegacyCompletions:
      return "/completions";
    case Protocol::kEmbeddings:
      return "/embeddings";
  }
  return "";
}

Protocol protocol_of_path(std::string_view path) {
  if (path.starts_with(kMessagesPath)) return Protocol::kMessages;
  if (path.starts_with(kResponsesPath)) return Protocol::kResponses;
  if (path == "/v1/completions") return Protocol::kLegacyCompletions;
  return path == "/v1/embeddings" ? Protocol::kEmbeddings : Protocol::kChatCompletions;
}

}  // namespace pointsman::gateway
