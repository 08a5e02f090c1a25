#include "gateway/crossing.h"

#include <algorithm>

#include "wire/anthropic_messages/conversation_reader.h"
#include "wire/anthropic_messages/request_writer.h"
#include "wire/openai_chat/conversation_reader.h"
#include "wire/openai_chat/request_writer.h"
#include "wire/openai_responses/conversation_reader.h"
#include "wire/openai_responses/request_writer.h"

namespace pointsman::gateway {

using base::Result;
using llm::Protocol;

namespace {

base::Error no_way(Protocol from, Protocol to) {
  return {base::ErrorCode::kUnsupported,
          "a request for " + std::string(to_string(from)) + " cannot be answered by a model that speaks " +
              std::string(to_string(to)),
          base::Origin::kClient, base::Retry::kOtherTarget};
}

}  // namespace

void Crossing::reset() {
  if (!read_) return;
  read_ = false;
  conversation_ = {};
  reading_.clear();
  losses_.clear();
  std::string().swap(body_);
}

Result<void> Crossing::read(const llm::ChatRequest& request, json::Document& document) {
  if (read_) return {};
  auto losses = [&]() -> Result<llm::Losses> {
    switch (request.protocol) {
      case Protocol::kChatCompletions:
        return wire::openai_chat::read_conversation(request.body, document, conversation_);
      case Protocol::kResponses:
        return wire::openai_responses::read_conversation(request.body, document, conversation_);
      case Protocol::kMessages:
        return wire::anthropic_messages::read_conversation(request.body, document, conversation_);
      case Protocol::kLegacyCompletions:
      case Protocol::kEmbeddings:
        break;
    }
    return base::fail(no_way(request.protocol, Protocol::kChatCompletions));
  }();
  if (!losses) return base::fail(std::move(losses).error());
  reading_ = std::move(*losses);
  read_ = true;
  return {};
}

Result<void> Crossing::write(const llm::ChatRequest& request, Protocol target, const llm::UpstreamContext& context,
                             json::Document& document) {
  PM_CHECK(read(request, document));
  body_.clear();
  auto losses = [&]() -> Result<llm::Losses> {
    switch (target) {
      case Protocol::kChatCompletions:
        return wire::openai_chat::write_request(conversation_, context, body_);
      case Protocol::kResponses:
        return wire::openai_responses::write_request(conversation_, context, body_);
      case Protocol::kMessages:
        return wire::anthropic_messages::write_request(conversation_, context, body_);
      case Protocol::kLegacyCompletions:
      case Protocol::kEmbeddings:
        break;
    }
    return base::fail(no_way(request.protocol, target));
  }();
  if (!losses) return base::fail(std::move(losses).error());
  losses_ = reading_;
  std::ranges::move(*losses, std::back_inserter(losses_));
  return {};
}

}  // namespace pointsman::gateway
