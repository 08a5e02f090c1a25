// The events of a neutral stream as lines of text that a test can compare, and a parts list that they add up to.
// Header-only; for tests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "llm/answer.h"
#include "llm/sse.h"

namespace pointsman::testing {

inline std::string_view part_name(llm::PartKind kind) {
  constexpr std::string_view kNames[] = {"text",      "image",       "file",      "audio",
                                         "tool_call", "tool_result", "reasoning", "refusal"};
  return kNames[static_cast<std::size_t>(kind)];
}

class Transcript : public llm::StreamSink {
 public:
  void take(const llm::StreamEvent& event) override {
    using llm::StreamEventKind;
    const std::string number = std::to_string(event.choice) + "." + std::to_string(event.part);
    switch (event.kind) {
      case StreamEventKind::kBegin:
        return add("begin " + std::string(event.id) + " " + std::string(event.name) + " " +
                   std::to_string(event.created));
      case StreamEventKind::kPartBegin:
        begin_part(event);
        return add("+" + number + " " + std::string(part_name(event.part_kind)) + (event.custom ? " custom" : "") +
                   (event.summary ? " summary" : "") + label(event.id) + label(event.name));
      case StreamEventKind::kText:
        if (event.part < parts.size()) texts_of(parts[event.part]) += event.text;
        return add(" " + number + " " + std::string(event.text));
      case StreamEventKind::kSignature:
        if (event.part < parts.size())
          (event.opaque ? parts[event.part].opaque : parts[event.part].signature) += event.text;
        return add(" " + number + (event.opaque ? " opaque " : " signature ") + std::string(event.text));
      case StreamEventKind::kPartEnd:
        return add("-" + number);
      case StreamEventKind::kLogprobs:
        return add("logprobs " + std::string(event.text));
      case StreamEventKind::kStop:
        stop = event.stop;
        return add("stop " + std::string(llm::to_string(event.stop)));
      case StreamEventKind::kUsage:
        usage = *event.usage;
        return add("usage " + std::to_string(usage.input_tokens.value_or(-1)) + " " +
                   std::to_string(usage.output_tokens.value_or(-1)));
      case StreamEventKind::kError:
        return add("error " + event.error->message + label(event.error->type) + label(event.error->code));
      case StreamEventKind::kEnd:
        return add("end");
    }
  }

  std::string lines;
  std::vector<llm::Part> parts;  // of the first choice
  llm::StopReason stop = llm::StopReason::kUnknown;
  llm::Usage usage;

 private:
  static std::string label(std::string_view text) { return text.empty() ? "" : " " + std::string(text); }
  static std::string& texts_of(llm::Part& part) {
    return part.kind == llm::PartKind::kToolCall ? part.arguments : part.text;
  }
  void add(const std::string& line) { lines += line + "\n"; }
  void begin_part(const llm::StreamEvent& event) {
    if (event.part >= parts.size()) parts.resize(event.part + 1);
    llm::Part& part = parts[event.part];
    part.kind = event.part_kind;
    part.custom = event.custom;
    part.summary = event.summary;
    part.id = event.id;
    part.name = event.name;
  }
};

// Reads a stream in pieces of `step` bytes.
inline void read_stream(std::string_view stream, std::size_t step, llm::StreamReader& reader, llm::StreamSink& sink) {
  llm::SseScanner scanner(8U << 20);
  for (std::size_t i = 0; i < stream.size(); i += step) {
    const std::string piece(stream.substr(i, step));
    scanner.feed(piece);
    llm::SseEvent event;
    while (scanner.next(event)) reader.read(event, sink);
  }
  reader.finish(sink);
}

}  // namespace pointsman::testing
