// A simulated Messages answer as a value, and its text as one JSON body.
// Pure; plain values of one request, on its loop.
#pragma once

#include <string>
#include <string_view>

#include "simulate/anthropic/messages_request.h"
#include "simulate/completion.h"
#include "simulate/label_offer.h"

namespace pointsman::simulate::anthropic {

struct Message {
  std::uint64_t key = 0;
  std::string model;
  std::string tool;     // the tool that is called; empty: it is a text
  std::string content;  // the text, or the tool's input as JSON; empty: no block at all
  std::string_view stop_reason = "end_turn";
  TokenUsage usage;
};

// Decides everything about the answer but when it comes. `offer` is empty unless the options' teacher answers.
Message compose(const MessagesRequest& request, const LabelOffer& offer, const Fault& fault,
                const ProviderOptions& options, const AnswerBook& book, std::uint64_t key, std::size_t body_bytes);

void append_message(std::string& out, const Message& message);

}  // namespace pointsman::simulate::anthropic
