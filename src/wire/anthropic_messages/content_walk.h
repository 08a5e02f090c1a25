// A walk over a body of this protocol that turns content blocks into parts: what requests and answers have in common.
//
// The base of their readers; lives on the stack of one call. Blocks are read twice, since "type" may stand last; blocks
// in a tool's result three times, and no block deeper than that is read.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "llm/conversation.h"
#include "wire/body_walk.h"
#include "wire/loss_set.h"

namespace pointsman::wire::anthropic_messages {

class ContentWalk : protected BodyWalk {
 protected:
  // Of a request, citations are only an echo of an earlier answer's.
  enum class Citations : std::uint8_t { kEcho, kNew };

  ContentWalk(std::string_view body, Citations citations) : body_(body), citations_(citations) {}

  // Counts what the neutral form gets an item for: messages, parts, tools. An item takes many times the bytes that the
  // least one has in the body, so there is a limit (the API's own for messages is the same). False, and the walk ends,
  // beyond it.
  static constexpr std::size_t kMostItems = 100'000;
  bool count_item();
  // A string or an array of blocks.
  void content(std::vector<llm::Part>& out);
  // The value at the cursor as it stands in the body.
  std::string_view raw_value();
  // Strings, and numbers as they are spelt; null is as good as absent.
  void text(std::string& out);
  void number(std::optional<std::string>& out);
  // Passes over the value of a member that the neutral form has no place for. Null is no loss.
  void lose(std::string_view what, bool minor);
  void lose_unknown_member();

  std::string_view body_;
  LossSet losses_;

 private:
  struct Block;  // where the members of one block stand

  void block(std::vector<llm::Part>& out);
  void read_block(Block& block, std::vector<llm::Part>& out);
  bool make_part(Block& block, llm::Part& part);
  void make_thinking(Block& block, llm::Part& part);
  void make_call(Block& block, llm::Part& part);
  void make_result(Block& block, llm::Part& part);
  void make_media(Block& block, llm::Part& part);
  void source(llm::Part& part);
  bool source_member(std::size_t member, llm::Part& part, std::string_view type);
  void text_document(llm::Part& part);
  void text_of(Block& block, std::size_t member, std::string& out);
  void lose_rest(const Block& block);
  // Moves the cursor to a member; false if the block has none, or null.
  bool at(Block& block, std::size_t member);

  Citations citations_;
  int depth_ = 0;
  std::size_t items_ = 0;
};

}  // namespace pointsman::wire::anthropic_messages
