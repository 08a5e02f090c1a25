// A whole answer in neutral form, and the events that one grows from while it streams.
//
// Made by one protocol's reader, turned by another's writer into its own; only where the two differ. Answers are plain
// values that own their texts; an event's views hold for the call that gives it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "llm/conversation.h"
#include "llm/sse.h"
#include "llm/usage.h"

namespace pointsman::llm {

enum class StopReason : std::uint8_t {
  kUnknown,  // the stream has not said, or the provider said nothing
  kEnd,      // the model was done
  kLength,   // the output limit, or the window
  kToolCalls,
  kStopSequence,
  kRefusal,        // the model would not answer
  kContentFilter,  // a filter cut or withheld the answer
  kPause,          // the provider stopped in the middle and can go on (Anthropic's pause_turn)
};
std::string_view to_string(StopReason reason);  // "unknown", "end", "length", "tool_calls", ...

struct Choice {
  std::vector<Part> parts;  // texts, reasoning, tool calls, refusals, in the order in which they came
  StopReason stop = StopReason::kUnknown;
  std::string stop_sequence;  // that ended it
  std::string logprobs;       // JSON text as the Chat Completions API has it ({"content": [...]}); empty: none
};

struct Answer {
  std::string id;
  std::string model;
  std::int64_t created = 0;  // seconds since 1970; 0: not said
  std::vector<Choice> choices;
  Usage usage;
};

// What a provider says went wrong, in neutral form.
struct AnswerError {
  std::string message;
  std::string type;  // as the provider names it: "overloaded_error", "rate_limit_exceeded"
  std::string code;
};

enum class StreamEventKind : std::uint8_t {
  kBegin,      // id, model, created; first, and once
  kPartBegin,  // a part of `part_kind`; of a tool call: its id and name
  kText,       // more of the part's text: text, arguments of a call, reasoning, refusal
  kSignature,  // of a reasoning part: its signature (`text`), or with `opaque` its encrypted content
  kPartEnd,
  kLogprobs,  // of the choice: JSON array of the next tokens' entries, as the Chat Completions API has them
  kStop,      // the choice is over: `stop`, and the sequence that did it in `text`
  kUsage,     // the usage so far; the last one counts
  kError,     // the provider reports an error in the middle of the stream
  kEnd,       // the stream is over in good order; last
};

// The parts of a choice are numbered from 0 in the order of their beginnings; parts of one choice may be open at the
// same time (parallel tool calls). Readers give them in order: begin, texts, end; and close what is open before kStop.
struct StreamEvent {
  StreamEventKind kind = StreamEventKind::kEnd;
  std::uint32_t choice = 0;
  std::uint32_t part = 0;
  PartKind part_kind = PartKind::kText;
  bool custom = false;    // a tool call with free text
  bool opaque = false;    // kSignature
  bool summary = false;   // of a reasoning part: a summary
  std::string_view id;    // of the answer (kBegin), or of the tool call (kPartBegin)
  std::string_view name;  // of the model (kBegin), or of the function (kPartBegin)
  std::string_view text;
  std::int64_t created = 0;
  StopReason stop = StopReason::kUnknown;
  const Usage* usage = nullptr;        // kUsage; kBegin and kStop may carry it too
  const AnswerError* error = nullptr;  // kError
};

class StreamSink {
 public:
  virtual ~StreamSink() = default;
  virtual void take(const StreamEvent& event) = 0;
};

// One protocol's stream into events. One per stream, on its thread.
class StreamReader {
 public:
  virtual ~StreamReader() = default;
  // The next event of the stream. What cannot be read is skipped and noted; an unknown event is not an error.
  virtual void read(const SseEvent& event, StreamSink& sink) = 0;
  // The connection ended. Ends the stream in good order only if the protocol's own last word was said.
  virtual void finish(StreamSink& sink) = 0;
  // The protocol's own last word was said: nothing that matters can follow.
  virtual bool done() const = 0;
  // Something that had to be read was not JSON.
  virtual bool malformed() const = 0;
  // What the stream carried and the events cannot, each kind once: "citations", "server_tool_use".
  virtual const Losses& losses() const = 0;
};

// Events into another protocol's stream. Appends to a string that the owner empties once it is sent.
class StreamWriter : public StreamSink {
 public:
  // Bytes of whole server-sent events that are ready to go out.
  virtual std::string& out() = 0;
  // What the events carried and this protocol cannot, each kind once.
  virtual const Losses& losses() const = 0;
};

}  // namespace pointsman::llm
