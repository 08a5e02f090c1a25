// The events of a stream of this protocol, as bytes: each with its name, which the SDKs go by.
//
// Pure; appends to a string. The order of the calls is the caller's business (stream_writer.cc).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "llm/answer.h"

namespace pointsman::wire::anthropic_messages {

class StreamFrames {
 public:
  explicit StreamFrames(std::string& out) : out_(out) {}

  // Counts that are not known are 0 and restated at the end.
  void message_start(std::string_view id, std::string_view model, const llm::Usage& usage);
  void text_start(std::uint32_t index);
  void thinking_start(std::uint32_t index);
  void redacted_start(std::uint32_t index, std::string_view data);
  void call_start(std::uint32_t index, std::string_view id, std::string_view name);
  // A delta of that type whose one other member is `member`: ("text_delta", "text", ...).
  void delta(std::uint32_t index, std::string_view type, std::string_view member, std::string_view text);
  void block_stop(std::uint32_t index);
  void message_delta(llm::StopReason reason, std::string_view stop_sequence, const llm::Usage& usage);
  void message_stop();

 private:
  void begin(std::string_view name);
  void end() { out_ += "\n\n"; }
  std::string& out_;
};

}  // namespace pointsman::wire::anthropic_messages
