// What a small model's provider takes and gives, found out by asking: nothing of it can be known beforehand.
// Plain values and a pure function.
#pragma once

#include <string_view>

#include "wire/anthropic_messages/label_call.h"
#include "wire/label_format.h"
#include "wire/openai_chat/label_call.h"

namespace pointsman::gateway {

struct LabelDialect {
  wire::openai_chat::LabelDialect openai;
  wire::anthropic_messages::LabelDialect anthropic;
  bool logprobs = true;  // ask for log-probabilities

  bool operator==(const LabelDialect& other) const;
};

// Learns from the refusal of a request (status 400 or 422). True: the dialect is another now, so asking again may help.
bool adapt(LabelDialect& dialect, const wire::ProviderError& said);

}  // namespace pointsman::gateway
