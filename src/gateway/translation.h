// An answer on its way into the client's protocol: a stream event by event, a whole answer or an error at once.
//
// One per relayed answer that crosses protocols, on its loop. Accepts any bytes.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/result.h"
#include "json/document.h"
#include "llm/answer.h"
#include "llm/answer_context.h"
#include "llm/protocol.h"

namespace pointsman::gateway {

// What a client is told of an answer that its provider did not finish.
base::Error broken_off();

class Translation {
 public:
  // The context's views and `document`, the thread's, outlive it.
  Translation(llm::Protocol from, llm::Protocol to, const llm::AnswerContext& context, json::Document& document)
      : from_(from), to_(to), context_(context), document_(document) {}

  // Takes the next bytes of a stream and appends what the client gets of them.
  void feed(std::string_view bytes, std::string& out);
  // The upstream's content ended. A stream without its last word, or that was none, ends in an error for the client.
  void end(std::string& out);
  void break_off(const base::Error& why, std::string& out);

  // A whole answer. kParse, the upstream's, if it is none.
  base::Result<void> whole(std::string_view body, std::string& out);
  // The body of an answer with this status of 400 or more. Appends the client's, and gives its status.
  int error(std::string_view body, int status, std::string& out);

  // What the client is not told of the answer, so far.
  llm::Losses losses() const;

 private:
  // Hands events on, and knows whether the stream has come to an end.
  struct EndWatch final : llm::StreamSink {
    void take(const llm::StreamEvent& event) override {
      ended = ended || event.kind == llm::StreamEventKind::kEnd || event.kind == llm::StreamEventKind::kError;
      to->take(event);
    }
    llm::StreamWriter* to = nullptr;
    bool ended = false;
  };

  void start();
  void drain(std::string& out);

  llm::Protocol from_;
  llm::Protocol to_;
  llm::AnswerContext context_;
  json::Document& document_;
  llm::SseScanner scanner_{8U << 20};
  std::unique_ptr<llm::StreamReader> reader_;
  std::unique_ptr<llm::StreamWriter> writer_;
  EndWatch events_;
  llm::Losses whole_losses_;
};

}  // namespace pointsman::gateway
