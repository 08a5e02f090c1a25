// The payload of one event of a stream, decoded: whatever kind it is of, in whatever order its members stand.
//
// A value of the stream's reader, reused from event to event (its strings keep their capacity).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "json/document.h"
#include "llm/answer.h"
#include "wire/anthropic_messages/usage.h"

namespace pointsman::wire::anthropic_messages {

struct StreamPayload {
  std::string type;  // of the event
  std::int64_t index = 0;
  std::string kind;  // of the content block, or of the delta
  std::string id;    // of the message, or of a call
  std::string name;  // of a called tool
  std::string model;
  std::string text;  // or thinking, or a piece of a call's input
  std::string signature;
  std::string data;   // of redacted thinking
  std::string input;  // of a call, as JSON text; empty for {}
  std::string stop_reason;
  std::string stop_sequence;
  bool citations = false;
  bool stop_details = false;  // why it refused
  bool has_usage = false;
  bool has_error = false;
  llm::AnswerError error;

  // False if `text` is not one JSON object. Usage goes into `usage` as it comes.
  bool read(std::string_view payload, json::Document& document, UsageReport& usage);

 private:
  void clear();
  void read_member(std::string_view payload, json::Cursor& cursor, UsageReport& usage);
  void read_content(std::string_view payload, json::Cursor& cursor, UsageReport& usage);
  void read_error(json::Cursor& cursor);
};

}  // namespace pointsman::wire::anthropic_messages
