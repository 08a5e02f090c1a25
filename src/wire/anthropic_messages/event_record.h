// For tests and fuzzing: neutral events as text, and streams pushed through readers and writers in pieces.
// Free functions and plain values; used by tests only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"
#include "llm/answer.h"
#include "wire/anthropic_messages/stop_reason.h"
#include "wire/anthropic_messages/stream_reader.h"
#include "wire/anthropic_messages/stream_writer.h"

namespace pointsman::wire::anthropic_messages::testing {

// One event; its name is the payload's "type".
inline std::string event(std::string_view payload) {
  static json::Document document;
  std::string name;
  if (document.open(payload)) {
    json::Cursor cursor = document.root();
    json::RawString type;
    for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
      if (cursor.key_is("type") && cursor.read_string(type)) {
        name = type.raw;
      } else {
        cursor.skip();
      }
    }
    document.close();
  }
  return "event: " + name + "\ndata: " + std::string(payload) + "\n\n";
}

inline std::string shown(const llm::Usage& usage) {
  const auto count = [](const std::optional<std::int64_t>& n) { return n ? std::to_string(*n) : std::string("?"); };
  return count(usage.input_tokens) + "/" + count(usage.cached_input_tokens) + "/" + count(usage.cache_write_tokens) +
         "/" + count(usage.output_tokens) + "/" + count(usage.reasoning_tokens);
}

inline std::string_view shown(llm::PartKind kind) {
  if (kind == llm::PartKind::kText) return "text";
  if (kind == llm::PartKind::kToolCall) return "call";
  return kind == llm::PartKind::kReasoning ? "reasoning" : "other";
}

// One line for each event.
class EventLines final : public llm::StreamSink {
 public:
  void take(const llm::StreamEvent& e) override {
    using enum llm::StreamEventKind;
    const std::string part = std::to_string(e.part);
    const std::string text(e.text);
    if (e.kind == kBegin) lines += "begin " + std::string(e.id) + " " + std::string(e.name) + " " + shown(*e.usage);
    if (e.kind == kPartBegin)
      lines += part + " " + std::string(shown(e.part_kind)) + " " + std::string(e.id) + " " + std::string(e.name);
    if (e.kind == kText) lines += part + " + " + text;
    if (e.kind == kSignature) lines += part + (e.opaque ? " sealed " : " signed ") + text;
    if (e.kind == kPartEnd) lines += part + " end";
    if (e.kind == kStop) lines += "stop " + std::string(llm::to_string(e.stop)) + " " + text;
    if (e.kind == kUsage) lines += "usage " + shown(*e.usage);
    if (e.kind == kError) lines += "error " + e.error->type + ": " + e.error->message;
    if (e.kind == kEnd) lines += "END";
    lines += "\n";
  }
  std::string lines;
};

// What a stream comes to, whatever pieces it came in: compared before and after a way through a writer.
class EventSum final : public llm::StreamSink {
 public:
  struct Part {
    llm::PartKind kind = llm::PartKind::kText;
    std::string id, name, text, signature, opaque;
    bool ended = false;
    bool operator==(const Part&) const = default;
  };

  void take(const llm::StreamEvent& e) override {
    using enum llm::StreamEventKind;
    if (e.usage != nullptr) usage = *e.usage;
    if (e.kind == kBegin) {
      ++begins;
      id = e.id;
      model = e.name;
    }
    if (e.kind == kPartBegin) {
      in_order = in_order && e.part == parts.size() && !stopped;
      parts.push_back({e.part_kind, std::string(e.id), std::string(e.name), {}, {}, {}, false});
      return;
    }
    const bool of_part = e.kind == kText || e.kind == kSignature || e.kind == kPartEnd;
    if (of_part && (e.part >= parts.size() || parts[e.part].ended)) in_order = false;
    if (of_part && in_order) {
      Part& part = parts[e.part];
      if (e.kind == kText) part.text += e.text;
      if (e.kind == kSignature) (e.opaque ? part.opaque : part.signature) += e.text;
      if (e.kind == kPartEnd) part.ended = true;
    }
    if (e.kind == kStop) {
      in_order = in_order && !stopped;
      for (const Part& part : parts) in_order = in_order && part.ended;
      stopped = true;
      stop = e.stop;
      stop_sequence = e.text;
    }
    if (e.kind == kError) error = e.error->message;
    in_order = in_order && !ended && begins == 1;
    ended = ended || e.kind == kEnd;
  }

  // The reason as a writer of this protocol states it.
  std::string_view reason() const {
    bool call = false;
    for (const Part& part : parts) call = call || part.kind == llm::PartKind::kToolCall;
    return stop_reason_name(completed(stop, call, false));
  }

  int begins = 0;
  std::string id, model, stop_sequence, error;
  std::vector<Part> parts;
  llm::Usage usage;
  llm::StopReason stop = llm::StopReason::kUnknown;
  bool stopped = false;
  bool ended = false;
  bool in_order = true;
};

struct Pushed {
  bool done = false;
  bool malformed = false;
  llm::Losses losses;
};

// Reads a stream in pieces of `step` bytes.
inline Pushed push(std::string_view stream, std::size_t step, json::Document& document, llm::StreamSink& sink) {
  const auto reader = make_stream_reader(document);
  llm::SseScanner scanner;
  for (std::size_t i = 0; i < stream.size(); i += step) {
    const std::string piece(stream.substr(i, step));
    scanner.feed(piece);
    llm::SseEvent event;
    while (scanner.next(event)) reader->read(event, sink);
  }
  reader->finish(sink);
  return {reader->done(), reader->malformed(), reader->losses()};
}

inline std::string shown(const llm::Losses& losses) {
  std::string out;
  for (const llm::Loss& loss : losses) out += (loss.minor ? "-" : "!") + loss.what + "\n";
  return out;
}

}  // namespace pointsman::wire::anthropic_messages::testing
