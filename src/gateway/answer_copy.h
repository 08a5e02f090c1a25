// A copy of an answer on its way to the client, in case that it is worth giving again; and whether it is.
//
// One per relayed answer, on its loop. Bounded: what grows too long is dropped, and nothing is copied from then on.
// What was copied is read as the client reads it, in the client's protocol, whichever way it came.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "json/document.h"
#include "llm/answer.h"
#include "llm/protocol.h"
#include "llm/sse.h"

namespace pointsman::gateway {

class AnswerCopy final : private llm::StreamSink {
 public:
  // At most `most` bytes. `document`, the thread's, outlives it.
  AnswerCopy(llm::Protocol client, bool stream, std::size_t most, json::Document& document);

  // The next bytes of the content, as they go out.
  void take(std::string_view bytes);
  // All of it went out, framing included.
  void end() { ended_ = true; }

  // The content, once, if it is a whole answer in good order: each of the `choices` ended because the model was done,
  // none refuses, calls a tool, or says that something went wrong.
  std::optional<std::string> finish(std::uint32_t choices);

 private:
  void take(const llm::StreamEvent& event) override;
  void read_whole();
  void part(llm::PartKind kind);
  void stop(llm::StopReason reason);

  llm::Protocol client_;
  std::size_t most_;
  json::Document& document_;
  std::unique_ptr<llm::StreamReader> reader_;  // null: it is no stream
  llm::SseScanner scanner_;
  std::string text_;
  std::uint32_t stopped_ = 0;  // choices that ended well
  bool bad_ = false;
  bool ended_ = false;
};

}  // namespace pointsman::gateway
