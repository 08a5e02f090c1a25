// One walk over a Messages body: the inside of read_messages_request() and read_count_tokens_request().
//
// Lives on the stack of that call. request.cc has the members of the body, messages.cc those of messages and blocks.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "wire/anthropic_messages/request.h"

namespace pointsman::wire::anthropic_messages {

class Reading final : private BodyReading {
 public:
  enum class Limit : std::uint8_t { kRequired, kOptional };
  Reading(Reader& reader, llm::ChatRequest& out, Limit limit) : BodyReading(reader.space_, out), limit_(limit) {}

  base::Result<void> read(std::string_view body) { return run(body); }

 private:
  enum class Role : std::uint8_t { kUser, kAssistant, kOther };
  struct Message {
    Role role = Role::kOther;
    Place content;
    bool results = false;  // has tool results
    bool speech = false;   // has anything else
  };
  struct Source {
    json::RawString type;
    json::RawString data;
    std::size_t bytes = 0;
    llm::PromptPiece piece;
  };
  struct Block {
    json::RawString type;
    bool has_text = false;
    Source source;
    std::size_t other_bytes = 0;  // members we do not interpret
    bool unproven = false;        // its signature is the mark of thinking that has none
  };
  // Which blocks of a message are left out where it is forwarded, with their commas. Never all of them.
  class Omissions {
   public:
    void add(std::size_t begin, std::size_t end, bool omitted, std::vector<llm::ByteRange>& out);
    void finish(std::vector<llm::ByteRange>& out) const;

   private:
    std::optional<llm::ByteRange> run_;    // of blocks that are left out, and nothing behind them yet
    std::optional<std::size_t> kept_end_;  // of the last block that stays
  };

  void members() override;
  void conclude() override;
  void body_member(std::size_t member);
  void system_prompt();
  void tools();
  void tool();
  void tool_choice();
  void format(bool nested);
  void metadata();
  void cache_mark();
  // The "type" of the object at the cursor, which is consumed.
  void type_of_object(json::RawString& out);

  void messages();
  void message();
  void role(Message& message);
  void content(Message* message, bool nested);
  // Whether it is left out for models of this protocol.
  bool block(Message* message, bool nested);
  std::size_t other_block_member();
  void block_member(std::size_t member, Block& block, bool nested);
  void source(Source& source);
  void judge(const Block& block);
  void note(const Message& message);

  Limit limit_;
  std::uint32_t seen_ = 0;
  bool parallel_tools_ = false;
  Place system_, first_user_, last_user_, previous_user_;
};

}  // namespace pointsman::wire::anthropic_messages
