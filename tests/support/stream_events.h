// What tests do with neutral streams: frame payloads as server-sent events, feed them in pieces of any size, write the
// events down one a line, and put them together to the answer that they amount to, minding the promises of
// llm/answer.h.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "llm/answer.h"
#include "llm/sse.h"

namespace pointsman::testing {

inline std::string frame(std::string_view payload, std::string_view name = {}) {
  std::string out;
  if (!name.empty()) out.append("event: ").append(name).append("\n");
  return out.append("data: ").append(payload).append("\n\n");
}

// The whole stream through `reader`, `step` bytes at a time, and its end.
inline void feed_stream(std::string_view stream, std::size_t step, llm::StreamReader& reader, llm::StreamSink& sink) {
  llm::SseScanner scanner;
  for (std::size_t i = 0; i < stream.size(); i += step) {
    const std::string piece(stream.substr(i, step));
    scanner.feed(piece);
    llm::SseEvent event;
    while (scanner.next(event)) reader.read(event, sink);
  }
  reader.finish(sink);
}

inline std::string_view kind_name(llm::PartKind kind) {
  constexpr std::string_view kNames[] = {"text", "image", "file", "audio", "call", "result", "reasoning", "refusal"};
  return kNames[static_cast<std::size_t>(kind)];
}

// One line for each event: `+0 call c1 f`, `0 {"a":`, `-0`, `stop tool_calls`. Of other choices than 0: `#1 +0 text`.
class EventLog final : public llm::StreamSink {
 public:
  std::string text;

  void take(const llm::StreamEvent& event) override {
    if (event.choice != 0) text += "#" + std::to_string(event.choice) + " ";
    text += line(event);
    while (text.ends_with(' ')) text.pop_back();
    text += '\n';
  }

 private:
  static std::string number(const std::optional<std::int64_t>& count) { return count ? std::to_string(*count) : "?"; }
  static std::string words(std::initializer_list<std::string_view> words) {
    std::string out;
    for (const std::string_view word : words) out.append(word).append(word.empty() ? "" : " ");
    return out;
  }
  static std::string line(const llm::StreamEvent& event) {
    const std::string part = std::to_string(event.part);
    using Kind = llm::StreamEventKind;
    switch (event.kind) {
      case Kind::kBegin:
        return words({"begin", event.id, event.name, event.created != 0 ? std::to_string(event.created) : ""});
      case Kind::kPartBegin:
        return words({"+" + part, event.custom ? "custom" : "", event.summary ? "summary" : "",
                      kind_name(event.part_kind), event.id, event.name});
      case Kind::kText:
        return part + " " + std::string(event.text);
      case Kind::kSignature:
        return part + (event.opaque ? " opaque " : " signature ") + std::string(event.text);
      case Kind::kPartEnd:
        return "-" + part;
      case Kind::kLogprobs:
        return words({"logprobs", event.part_kind == llm::PartKind::kRefusal ? "refusal" : "", event.text});
      case Kind::kStop:
        return words({"stop", llm::to_string(event.stop), event.text});
      case Kind::kUsage:
        return "usage " + number(event.usage->input_tokens) + "/" + number(event.usage->output_tokens);
      case Kind::kError:
        return words({"error", event.error->type, event.error->code, event.error->message});
      case Kind::kEnd:
        return "end";
    }
    return "?";
  }
};

// The answer that a stream amounts to. `fault` names the first promise that its reader broke.
class AnswerCollector final : public llm::StreamSink {
 public:
  llm::Answer answer;
  std::vector<llm::AnswerError> errors;
  bool ended = false;
  std::string fault;

  void take(const llm::StreamEvent& event) override {
    using Kind = llm::StreamEventKind;
    require(!ended && errors.empty(), "something follows the end");
    require(begun_ == (event.kind != Kind::kBegin) || event.kind == Kind::kError, "begin is not first, or not once");
    if (event.usage != nullptr) answer.usage = *event.usage;
    switch (event.kind) {
      case Kind::kBegin:
        begun_ = true;
        answer.id = event.id;
        answer.model = event.name;
        answer.created = event.created;
        return;
      case Kind::kUsage:
        return;
      case Kind::kError:
        errors.push_back(*event.error);
        return;
      case Kind::kEnd:
        ended = true;
        for (const Grown& choice : grown_) require(choice.stopped || !choice.seen, "a choice has no stop");
        return;
      default:
        of_choice(event);
    }
  }

 private:
  struct Grown {
    std::vector<bool> open;
    bool seen = false;
    bool stopped = false;
  };

  void require(bool good, std::string_view what) {
    if (!good && fault.empty()) fault = what;
  }

  void of_choice(const llm::StreamEvent& event) {
    using Kind = llm::StreamEventKind;
    if (grown_.size() <= event.choice) grown_.resize(event.choice + std::size_t{1});
    if (answer.choices.size() < grown_.size()) answer.choices.resize(grown_.size());
    Grown& grown = grown_[event.choice];
    llm::Choice& choice = answer.choices[event.choice];
    grown.seen = true;
    require(!grown.stopped || event.kind == Kind::kLogprobs, "something of a choice follows its stop");
    if (event.kind == Kind::kStop) {
      require(std::ranges::count(grown.open, true) == 0, "a part is open at the stop");
      grown.stopped = true;
      choice.stop = event.stop;
      choice.stop_sequence = event.text;
    } else if (event.kind == Kind::kLogprobs) {
      choice.logprobs += event.text;
    } else if (event.kind == Kind::kPartBegin) {
      require(event.part == grown.open.size(), "parts are not numbered in order");
      grown.open.push_back(true);
      llm::Part& part = choice.parts.emplace_back();
      part.kind = event.part_kind;
      part.id = event.id;
      part.name = event.name;
      part.custom = event.custom;
      part.summary = event.summary;
    } else {
      const bool open = event.part < grown.open.size() && grown.open[event.part];
      require(open, "text or end of a part that is not open");
      if (open) of_part(event, choice.parts[event.part], grown);
    }
  }

  void of_part(const llm::StreamEvent& event, llm::Part& part, Grown& grown) {
    require(event.part_kind == part.kind, "a part changes its kind");
    if (event.kind == llm::StreamEventKind::kPartEnd) {
      grown.open[event.part] = false;
    } else if (event.kind == llm::StreamEventKind::kSignature) {
      (event.opaque ? part.opaque : part.signature) += event.text;
    } else {
      (part.kind == llm::PartKind::kToolCall ? part.arguments : part.text) += event.text;
    }
  }

  std::vector<Grown> grown_;
  bool begun_ = false;
};

}  // namespace pointsman::testing
