// Writes the messages of a request: the part of request_writer.h that deals with content.
//
// Lives on the stack of write_request(). One neutral message may become several: results of tools are messages of their
// own here, and come before what else a message says, right behind the calls that they answer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json/writer.h"
#include "llm/answer_context.h"
#include "llm/conversation.h"
#include "wire/openai_chat/weight.h"

namespace pointsman::wire::openai_chat {

class MessageWriter {
 public:
  MessageWriter(const llm::Conversation& conversation, const llm::UpstreamContext& context, json::Writer& writer,
                LossSet& losses)
      : conversation_(conversation), context_(context), writer_(writer), losses_(losses) {}

  // The elements of "messages".
  void write_all();

 private:
  using Parts = std::vector<const llm::Part*>;

  void message(const llm::Message& message);
  void results(const llm::Message& message);
  void result(const llm::Part& part);
  void flush_moved();
  void said(const llm::Message& message);
  void assistant(const llm::Message& message);
  void reasoning(const Parts& parts);
  void content(const Parts& parts, bool empty_is_null);
  void part(const llm::Part& part);
  void media(const llm::Part& part);
  bool writable(const llm::Part& part, llm::Role role);
  void lose(std::string_view what, Weight weight);

  const llm::Conversation& conversation_;
  const llm::UpstreamContext& context_;
  json::Writer& writer_;
  LossSet& losses_;
  std::size_t index_ = 0;         // of the message
  std::size_t last_user_ = 0;     // index of the last message with something from the user himself
  Parts moved_;                   // images and files of results, for the user message behind them
  std::vector<llm::Part> heads_;  // what they are, in words
};

}  // namespace pointsman::wire::openai_chat
