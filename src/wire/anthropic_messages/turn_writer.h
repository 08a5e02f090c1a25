// The messages of a conversation as this protocol wants them: the system prompt apart, turns of user and assistant in
// alternation, a tool's results first in the turn that follows its call.
//
// Pure. A value of write_request(); the conversation outlives it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json/writer.h"
#include "llm/conversation.h"
#include "wire/anthropic_messages/block_writer.h"
#include "wire/loss_set.h"

namespace pointsman::wire::anthropic_messages {

class Turns {
 public:
  // Sorts the conversation's parts and notes what cannot be expressed.
  Turns(const llm::Conversation& conversation, LossSet& losses);

  bool empty() const { return turns_.empty(); }
  // The last call was answered, but its turn does not begin with signed thinking: models that think within a budget
  // refuse to go on thinking then.
  bool breaks_thinking() const;
  // The members "system" (if there is any) and "messages".
  void write(json::Writer& writer);

 private:
  struct Item {
    const llm::Part* part;
    std::string path;
  };
  struct Turn {
    bool assistant = false;
    std::vector<Item> results;
    std::vector<Item> rest;
  };

  void add_system(const llm::Message& message, const std::string& path);
  void add_message(const llm::Message& message, const std::string& path);
  bool accept(const llm::Part& part, const std::string& path, bool assistant);
  void check_media(const llm::Part& part, const std::string& path);
  void write_block(json::Writer& writer, BlockWriter& blocks, const Item& item);
  void write_result(json::Writer& writer, BlockWriter& blocks, const Item& item);
  void write_media(json::Writer& writer, BlockWriter& blocks, const llm::Part& part);

  LossSet& losses_;
  std::vector<Item> system_;
  std::vector<Turn> turns_;
};

}  // namespace pointsman::wire::anthropic_messages
