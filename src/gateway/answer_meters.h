// The meters of every protocol's answers, so that each request finds its own ready for use.
//
// Part of a request's state; one loop. One answer at a time.
#pragma once

#include "llm/observed.h"
#include "llm/protocol.h"
#include "wire/anthropic_messages/meters.h"
#include "wire/openai_chat/body_meter.h"
#include "wire/openai_chat/usage_meter.h"
#include "wire/openai_responses/body_meter.h"
#include "wire/openai_responses/stream_meter.h"

namespace pointsman::gateway {

class AnswerMeters {
 public:
  // `document` is the thread's; it must outlive them.
  explicit AnswerMeters(json::Document& document)
      : chat_stream_(document),
        chat_body_(document),
        responses_stream_(document),
        responses_body_(document),
        messages_stream_(document),
        messages_body_(document) {}

  // For an answer in this protocol, reset. `hide_usage`: a chat completion's stream carries a report that the client
  // did not ask for.
  llm::Meter& begin(llm::Protocol protocol, bool stream, bool hide_usage) {
    if (stream && protocol != llm::Protocol::kResponses && protocol != llm::Protocol::kMessages) {
      chat_stream_.reset(hide_usage ? wire::openai_chat::UsageReport::kHidden
                                    : wire::openai_chat::UsageReport::kUntouched);
      return chat_stream_;
    }
    llm::Meter& meter = of(protocol, stream);
    meter.reset();
    return meter;
  }

 private:
  // Legacy completions and embeddings report as chat completions do.
  llm::Meter& of(llm::Protocol protocol, bool stream) {
    if (protocol == llm::Protocol::kResponses) return stream ? pick(responses_stream_) : pick(responses_body_);
    if (protocol == llm::Protocol::kMessages) return stream ? pick(messages_stream_) : pick(messages_body_);
    return stream ? pick(chat_stream_) : pick(chat_body_);
  }
  static llm::Meter& pick(llm::Meter& meter) { return meter; }

  wire::openai_chat::StreamMeter chat_stream_;
  wire::openai_chat::BodyMeter chat_body_;
  wire::openai_responses::StreamMeter responses_stream_;
  wire::openai_responses::BodyMeter responses_body_;
  wire::anthropic_messages::StreamMeter messages_stream_;
  wire::anthropic_messages::BodyMeter messages_body_;
};

}  // namespace pointsman::gateway
