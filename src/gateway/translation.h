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
  // Says so to the client, unless it was told of the stream's end already.
  void break_off(const base::Error& why, std::string& out);
  // The client gets, or got, what was given until now.
  void sent() { end_sent_ = events_.ended; }
  // The client does not get what was given since.
  void take_back();
  // An event broke off in the middle of its JSON: what follows cannot be made to look whole.
  bool unreadable() const { return unreadable_; }
  // The model has begun to refuse: what it says is not what it was asked for.
  bool refused() const { return events_.refused; }

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
      refused = refused || event.part_kind == llm::PartKind::kRefusal;
      to->take(event);
    }
    llm::StreamWriter* to = nullptr;
    bool ended = false;
    bool refused = false;
  };

  void start();
  void drain(std::string& out);
  void note_malformed(std::string_view data);

  llm::Protocol from_;
  llm::Protocol to_;
  llm::AnswerContext context_;
  json::Document& document_;
  llm::SseScanner scanner_{8U << 20};
  std::unique_ptr<llm::StreamReader> reader_;
  std::unique_ptr<llm::StreamWriter> writer_;
  EndWatch events_;
  bool end_sent_ = false;
  bool malformed_ = false;
  bool unreadable_ = false;
  llm::Losses whole_losses_;
};

}  // namespace pointsman::gateway
